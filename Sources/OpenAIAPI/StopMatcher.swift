/// Finds stop strings in a text that comes in pieces, and holds back no more than what might begin one.
///
/// Of several matches the one that ends first counts, and of those the longest, so that the outcome is the
/// same however the text is cut into pieces. Works on UTF-8: a stop string is valid, hence starts and ends
/// where a character does, and so does every piece that goes out.
///
/// - Complexity: O(bytes × stop strings) for the search.
package struct StopMatcher {
    private let stops: [[UInt8]]
    private let keepsStop: Bool
    private var held: [UInt8] = []
    /// Whether a stop string has been found; nothing comes out any more.
    package private(set) var isStopped = false
    /// The stop string that was found.
    package private(set) var found: String?

    /// - Parameter keepsStop: whether the stop string itself stays in the text.
    package init(stops: [String], keepsStop: Bool = false) {
        self.stops = stops.map { Array($0.utf8) }.sorted { $0.count > $1.count }
        self.keepsStop = keepsStop
    }

    /// Takes a piece, and gives out what no stop string can cover any more.
    package mutating func append(_ piece: String) -> String {
        guard !isStopped, !stops.isEmpty else { return isStopped ? "" : piece }
        for byte in piece.utf8 {
            held.append(byte)
            guard let stop = stops.first(where: held.hasSuffix) else { continue }
            isStopped = true
            found = String(decoding: stop, as: UTF8.self)
            return takeHeld(keepsStop ? held.count : held.count - stop.count)
        }
        return takeHeld(held.count - countOfPossibleStart())
    }

    /// Lets text pass that no stop string may cover, as long as an answer is too short to stop.
    package mutating func pass(_ piece: String) -> String { finish() + piece }

    /// Gives out what was held back, now that nothing follows.
    package mutating func finish() -> String { isStopped ? "" : takeHeld(held.count) }

    private mutating func takeHeld(_ count: Int) -> String {
        defer { held.removeFirst(count) }
        return String(decoding: held[..<count], as: UTF8.self)
    }

    /// How many bytes at the end might be the beginning of a stop string.
    private func countOfPossibleStart() -> Int {
        var most = 0
        for stop in stops where stop.count > most + 1 {
            for count in stride(from: min(stop.count - 1, held.count), to: most, by: -1)
            where held.hasSuffix(stop[..<count]) {
                most = count
                break
            }
        }
        return most
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ suffix: some RandomAccessCollection<UInt8>) -> Bool {
        count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
    }
}
