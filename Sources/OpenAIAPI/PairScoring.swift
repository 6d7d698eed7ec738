package import Embedding
import Glibc
import Tokenizers

/// Pairs of texts to score, by a model that reads both together, or by the cosine of their vectors.
package struct PairScoring: Sendable {
    /// The model that answers.
    package let model: ServedEmbedder
    /// What the model is given, for a cross-encoder a sequence a pair, otherwise a sequence a text.
    package let sequences: [TokenSequence]
    /// The places of each pair's two vectors among the sequences.
    private let places: [(first: Int, second: Int)]

    /// - Parameters:
    ///   - first: One text for all pairs, or one for each.
    ///   - second: A text for each pair.
    ///   - names: What the request calls the two.
    init(
        first: [String], second: [String], names: (first: String, second: String), model: ServedEmbedder,
        truncation: Truncation
    ) throws(APIError) {
        self.model = model
        var sequences: [TokenSequence] = []
        if model.kind == .embedding {
            for text in first {
                sequences.append(try truncation.sequence(.text(text), model, place: names.first))
            }
            for (index, text) in second.enumerated() {
                sequences.append(
                    try truncation.sequence(.text(text), model, place: "\(names.second)[\(index)]"))
            }
        } else {
            // A query is one for many documents, and may be as long as a body.
            let queries = first.map { model.tokenizer.encode($0, addSpecialTokens: false) }
            for (index, text) in second.enumerated() {
                let query = queries.count == 1 ? queries[0] : queries[index]
                let document = model.tokenizer.encode(text, addSpecialTokens: false)
                let place = "\(names.first) with \(names.second)[\(index)]"
                sequences.append(try truncation.pair(query, document, model, place: place))
            }
        }
        self.sequences = sequences
        places = second.indices.map { (first.count == 1 ? 0 : $0, first.count + $0) }
    }

    /// How many tokens the pairs have.
    var tokenCount: Int { sequences.reduce(0) { $0 + $1.tokens.count } }

    /// The pairs' scores, from the sequences' rows.
    func scores(of rows: [ArraySlice<Float>]) -> [Double] {
        switch model.kind {
        case .embedding: places.map { Self.cosine(rows[$0.first], rows[$0.second]) }
        case .crossEncoder(let hasSigmoid):
            rows.map { row in
                let score = Double(row.first ?? 0)
                return hasSigmoid ? 1 / (1 + exp(-score)) : score
            }
        }
    }

    private static func cosine(_ first: ArraySlice<Float>, _ second: ArraySlice<Float>) -> Double {
        var (product, firstSquares, secondSquares) = (0.0, 0.0, 0.0)
        for (a, b) in zip(first, second) {
            product += Double(a) * Double(b)
            firstSquares += Double(a) * Double(a)
            secondSquares += Double(b) * Double(b)
        }
        return product / max((firstSquares * secondSquares).squareRoot(), 1e-24)
    }
}
