import Knowledge
import Mustache
import Yams

/// A prompt file: YAML front matter (model parameters, schema name, system message) and a Mustache body.
package struct PromptTemplate: Sendable {
    package let name: String
    /// SHA-256 of the file's text, in hexadecimal.
    package let hash: String
    package let model: String?
    package let temperature: Double?
    package let maxOutputTokens: Int?
    package let schema: String
    package let system: String
    private let body: MustacheTemplate
    /// Every name that the body uses.
    private let variables: Set<String>

    /// Why a prompt cannot be used, naming the file.
    package struct Defect: Error, Sendable, Hashable, CustomStringConvertible {
        package var description: String
    }

    package init(name: String, text: String) throws(Defect) {
        self.name = name
        hash = Digest.hexadecimal(text)
        func defect(_ detail: String) -> Defect { Defect(description: "prompt \(name): \(detail)") }
        let parts = text.split(separator: "---\n", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty else { throw defect("no front matter between two lines of ---") }
        let matter: FrontMatter
        do {
            matter = try YAMLDecoder().decode(FrontMatter.self, from: String(parts[1]))
        } catch {
            throw defect("the front matter cannot be read: \(error)")
        }
        (model, temperature, maxOutputTokens) = (matter.model, matter.temperature, matter.maxOutputTokens)
        (schema, system) = (matter.schema, matter.system ?? "")
        let source = String(parts[2])
        do {
            // Without the pragma swift-mustache escapes for HTML, which would corrupt passages and quotes.
            body = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + source)
        } catch {
            throw defect("the body is not valid Mustache: \(error)")
        }
        variables = Self.variables(in: source)
    }

    /// The body with its variables filled in.
    ///
    /// - Throws: `Defect` when the body uses a name that `values` does not have.
    package func render(_ values: [String: Any]) throws(Defect) -> String {
        let unknown = variables.subtracting(Self.names(in: values))
        guard unknown.isEmpty else {
            throw Defect(description: "prompt \(name): unknown variables \(unknown.sorted().joined(separator: ", "))")
        }
        return body.render(values)
    }

    private struct FrontMatter: Decodable {
        var model: String?
        var temperature: Double?
        var maxOutputTokens: Int?
        var schema: String
        var system: String?
    }

    private static func variables(in source: String) -> Set<String> {
        var names: Set<String> = []
        for piece in source.split(separator: "{{", omittingEmptySubsequences: false).dropFirst() {
            guard let tag = piece.split(separator: "}}", omittingEmptySubsequences: false).first else { continue }
            let name = tag.drop { "#^/&".contains($0) }.filter { $0 != " " }
            if !name.isEmpty { names.insert(String(name)) }
        }
        return names
    }

    private static func names(in value: Any) -> Set<String> {
        switch value {
        case let object as [String: Any]: object.reduce(into: Set(object.keys)) { $0.formUnion(names(in: $1.value)) }
        case let list as [[String: Any]]: list.first.map { names(in: $0) } ?? ["*"]
        default: []
        }
    }
}
