import Mustache

/// A prompt that can be rendered: every name that it uses was found in its contract.
package struct PromptTemplate: Sendable {
    package let name: String
    /// The hash of each file that it is made of, by the file's name.
    package let hashes: [String: String]
    let parameters: PromptFrontMatter
    private let variables: Set<String>
    private let library: MustacheLibrary

    /// - Parameter partials: those that a body may name, without the underscore.
    init(_ file: PromptFile, _ contract: PromptContract, partials: [String: PromptFile], hasFrontMatter: Bool = true) throws {
        var defects: [PromptDefect] = []
        let (head, body, firstLine) = Self.parts(of: file, hasFrontMatter: hasFrontMatter)
        if hasFrontMatter, head == nil {
            throw PromptDefects(defects: [PromptDefect(file: file.path, line: 1, detail: "no front matter between two lines of ---")])
        }
        let parameters = PromptFrontMatter(head ?? "") { line, detail in
            defects.append(PromptDefect(file: file.path, line: line, detail: detail))
        }
        if hasFrontMatter, parameters.schema != contract.schema {
            let detail =
                "the schema is \(parameters.schema.map { "\"\($0)\"" } ?? "missing"); this stage's answer has the schema \(contract.schema ?? "")"
            defects.append(PromptDefect(file: file.path, line: Self.line(of: "schema:", in: head ?? ""), detail: detail))
        }
        let check = PromptCheck(contract: contract, partials: partials, file: file, body: body, firstLine: firstLine)
        defects += check.defects
        guard defects.isEmpty else { throw PromptDefects(defects: defects) }

        name = file.name
        self.parameters = parameters
        variables = Set(contract.variables.keys)
        let used = check.usedPartials.compactMap { partials[$0] }
        hashes = Dictionary(([file] + used).map { ($0.name, $0.hash) }) { first, _ in first }
        do {
            var templates = [file.name: try Self.compile(body)]
            for partial in used { templates[String(partial.name.dropFirst())] = try Self.compile(Substring(partial.text)) }
            library = MustacheLibrary(templates: templates)
        } catch {
            throw PromptDefects(defects: [PromptDefect(file: file.path, line: firstLine, detail: "not valid Mustache: \(error)")])
        }
    }

    /// The body with its variables filled in.
    ///
    /// - Throws: `PromptDefect` when the values are not those of the contract.
    func render(_ values: [String: Any]) throws(PromptDefect) -> String {
        let (missing, unknown) = (variables.subtracting(values.keys), Set(values.keys).subtracting(variables))
        guard missing.isEmpty, unknown.isEmpty, let text = library.render(Self.present(values), withTemplate: name) else {
            let names = missing.union(unknown).sorted().joined(separator: ", ")
            throw PromptDefect(file: name, line: 1, detail: "the stage does not give what the prompt was promised: \(names)")
        }
        return text
    }

    /// Empty texts are absent: a section over one is left out, as Mustache has it for nothing and not for "".
    private static func present(_ values: [String: Any]) -> [String: Any] {
        values.mapValues { value in
            switch value {
            case let text as String where text.isEmpty: AbsentText()
            case let list as [[String: Any]]: list.map(present)
            default: value
            }
        }
    }

    /// Without the pragma swift-mustache escapes for HTML, which would corrupt passages and quotes.
    private static func compile(_ body: Substring) throws -> MustacheTemplate {
        try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + body)
    }

    private static func parts(of file: PromptFile, hasFrontMatter: Bool) -> (head: String?, body: Substring, firstLine: Int) {
        guard hasFrontMatter, file.text.hasPrefix("---\n") else { return (nil, file.text[...], 1) }
        let rest = file.text.dropFirst(4)
        let end = rest.hasPrefix("---\n") ? rest.startIndex..<rest.startIndex : rest.firstRange(of: "\n---\n")
        guard let end else { return (nil, file.text[...], 1) }
        let body = end.isEmpty ? rest.dropFirst(4) : rest[end.upperBound...]
        return (String(rest[..<end.lowerBound]), body, 1 + file.text[..<body.startIndex].lineBreaks)
    }

    private static func line(of start: String, in head: String) -> Int {
        (head.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.hasPrefix(start) } ?? -1) + 2
    }
}

/// In the place of an empty text.
private struct AbsentText: MustacheCustomRenderable {
    let renderText = ""
    let isNull = true
}
