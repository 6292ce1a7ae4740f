// The speed of exact search, beside its peers; how well it ranks `postwright eval` tells.

import Foundation

@main
struct RetrievalBench {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 4, arguments[0] == "speed", let dimensions = Int(arguments[3]) else {
            FileHandle.standardError.write(Data("usage: retrieval-bench speed VECTORS.f32 QUERIES.f32 DIMENSIONS\n".utf8))
            exit(64)
        }
        try SpeedBench(vectors: arguments[1], queries: arguments[2], dimensions: dimensions).serve()
    }
}
