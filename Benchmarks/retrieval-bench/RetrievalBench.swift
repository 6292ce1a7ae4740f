// Measures of retrieval: quality on a collection with vectors, and the speed of exact search beside its peers.

import Foundation

@main
struct RetrievalBench {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.count == 4, arguments[0] == "speed", let dimensions = Int(arguments[3]) {
            try SpeedBench(vectors: arguments[1], queries: arguments[2], dimensions: dimensions).serve()
        } else if arguments.count == 1 {
            try QualityBench(folder: arguments[0]).run()
        } else {
            FileHandle.standardError.write(
                Data("usage: retrieval-bench FOLDER | retrieval-bench speed VECTORS.f32 QUERIES.f32 DIMENSIONS\n".utf8))
            exit(64)
        }
    }
}
