import Foundation
import JSON
import Knowledge
import Retrieval

/// Questions with known answers, from a seed folder or from a collection as BEIR lays them out.
struct EvaluationSet {
    /// A document of a collection, and its vector where the collection has them.
    struct Text: Sendable {
        var id: String
        var title: String
        var text: String
        var vector: [Float]?
    }

    var questions: [RetrievalEvaluation.Question]
    /// The brand that a seed folder is of; nil for a collection, which brings its own documents.
    var brand: String?
    var corpus: [Text] = []
    /// Vectors of queries by their text.
    var queryVectors: [String: [Float]] = [:]

    /// - Throws: `StartError` naming the file and what is wrong with it.
    init(path: String, brand: String?) throws(StartError) {
        let manager = FileManager.default
        let corpus = ["corpus", "documents"].first { manager.fileExists(atPath: "\(path)/\($0).jsonl") }
        if let corpus, manager.fileExists(atPath: path + "/queries.jsonl") {
            try self.init(collection: path, corpus: corpus)
        } else {
            try self.init(questionsIn: path, brand: brand)
        }
    }

    /// `questions.jsonl`, or the folder that has it; the brand is named by the folder's `brand.yaml`.
    private init(questionsIn path: String, brand: String?) throws(StartError) {
        let file = path.hasSuffix(".jsonl") ? path : path + "/questions.jsonl"
        questions = []
        for (number, line) in try Self.lines(file).enumerated() {
            let documents = line["documents"]?.arrayValue?.compactMap(\.stringValue) ?? []
            guard let text = line["question"]?.stringValue, !documents.isEmpty else {
                throw StartError(.failed, "\(file), line \(number + 1): a question and the documents that answer it are needed")
            }
            questions.append(.init(text: text, documents: Set(documents)))
        }
        let manifest = (file.split(separator: "/", omittingEmptySubsequences: false).dropLast() + ["brand.yaml"]).joined(separator: "/")
        // Without a manifest the brand is named by an option.
        let text = (try? String(contentsOfFile: manifest, encoding: .utf8)) ?? ""
        let named = text.split(separator: "\n").first { $0.hasPrefix("id:") }?.dropFirst(3).filter { !" \"'".contains($0) }
        guard let brand = brand ?? named else { throw StartError(.failed, "\(manifest) names no brand; name it with --brand") }
        self.brand = brand
    }

    private init(collection path: String, corpus name: String) throws(StartError) {
        let documents = try Self.lines("\(path)/\(name).jsonl")
        let queries = try Self.lines(path + "/queries.jsonl")
        let vectors = try Self.vectors("\(path)/\(name).f32", count: documents.count)
        corpus = documents.enumerated().map { index, line in
            Text(id: Self.id(line), title: line["title"]?.stringValue ?? "", text: line["text"]?.stringValue ?? "", vector: vectors?[index])
        }
        let asked = try Self.vectors(path + "/queries.f32", count: queries.count)
        var relevant: [String: Set<String>] = [:]
        let judgements = ["/qrels/test.tsv", "/qrels.tsv"].first { FileManager.default.fileExists(atPath: path + $0) } ?? "/qrels.tsv"
        for line in try Self.text(path + judgements).split(separator: "\n") {
            let fields = line.split(separator: "\t").map(String.init)
            // The first line of BEIR's names the columns. A pair that is listed is relevant, unless it is graded 0.
            guard fields.count >= 3, let grade = Double(fields[fields.count - 1]), grade != 0 else { continue }
            relevant[fields[0], default: []].insert(fields[fields.count - 2])
        }
        questions = []
        for (index, line) in queries.enumerated() {
            guard let text = line["text"]?.stringValue, let documents = relevant[Self.id(line)] else { continue }
            questions.append(.init(text: text, documents: documents))
            if let asked { queryVectors[text] = asked[index] }
        }
    }

    private static func id(_ line: JSON) -> String {
        let id = line["_id"] ?? line["id"]
        return id?.stringValue ?? id?.integerValue.map(String.init) ?? ""
    }

    private static func text(_ path: String) throws(StartError) -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw StartError(.failed, "\(path) cannot be read: \(error.fileReason)")
        }
    }

    private static func lines(_ path: String) throws(StartError) -> [JSON] {
        var lines: [JSON] = []
        for (number, line) in try text(path).split(separator: "\n").enumerated() {
            do { lines.append(try JSON(parsing: String(line))) } catch {
                throw StartError(.failed, "\(path), line \(number + 1): not valid JSON: \(error)")
            }
        }
        return lines
    }

    /// Rows of little-endian float32, one for each line of the file beside it; nil where there is no such file.
    private static func vectors(_ path: String, count: Int) throws(StartError) -> [[Float]]? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let columns = count == 0 ? 0 : data.count / 4 / count
        guard columns > 0, data.count == columns * count * 4 else { throw StartError(.failed, "\(path) does not have \(count) rows") }
        let floats = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        return stride(from: 0, to: floats.count, by: columns).map { Array(floats[$0..<$0 + columns]) }
    }
}
