/// What a method and a path ask for; ``RouteTable`` says which.
enum Route: Hashable {
    case chatCompletions, completions
    case models
    case model(String)
    case tokenize, detokenize
    case embeddings, rerank, score
    case engineEmbeddings(String)
    case health, ready, ping, load, metrics, version, serverInfo
    case openAPI, docs
    case messages, countMessageTokens
    case responses
    case response(String), responseItems(String), cancelResponse(String)
    case files, splitFile
    case file(String), fileContent(String)
    case batches
    case batch(String), cancelBatch(String)
}
