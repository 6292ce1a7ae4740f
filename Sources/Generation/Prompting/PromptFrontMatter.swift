import Yams

/// The YAML head of a prompt file: the model's parameters, the schema's name, the system message.
struct PromptFrontMatter: Sendable, Hashable {
    var model: String?
    var fallbackModels: [String]?
    var temperature: Double?
    var maxOutputTokens: Int?
    var schema: String?
    var system = ""

    /// - Parameter text: what stands between the two lines of `---`, of which the first is the file's first line.
    init(_ text: String, _ note: (_ line: Int, _ detail: String) -> Void) {
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            note((Self.line(of: error) ?? 1) + 1, "the front matter is not valid YAML")
            return
        }
        guard let root else { return }
        guard let mapping = root.mapping else {
            note(2, "the front matter is not a mapping of names to values")
            return
        }
        for (key, value) in mapping {
            let line = (key.mark?.line ?? 1) + 1
            func take<Value>(_ found: Value?, _ wanted: String) -> Value? {
                if found == nil { note(line, "\(key.string ?? "") must be \(wanted)") }
                return found
            }
            let text = value.scalar.flatMap { $0.string.isEmpty ? nil : $0.string }
            switch key.string {
            case "model": model = take(text, "a model's name")
            case "fallbackModels":
                let names = value.sequence.map { $0.compactMap { $0.scalar?.string } }
                fallbackModels = take(names.flatMap { $0.count == value.sequence?.count ? $0 : nil }, "a list of models' names")
            case "temperature":
                temperature = take(value.float.flatMap { (0...2).contains($0) ? $0 : nil }, "a number from 0 to 2")
            case "maxOutputTokens":
                maxOutputTokens = take(value.int.flatMap { (1...1_000_000).contains($0) ? $0 : nil }, "a whole number from 1 to 1000000")
            case "schema": schema = take(text, "the name of a schema")
            case "system": system = take(value.scalar?.string, "a text") ?? ""
            case let name:
                let known = "model, fallbackModels, temperature, maxOutputTokens, schema, system"
                note(line, "\"\(name ?? "")\" is not a member of the front matter; known are \(known)")
            }
        }
    }

    private static func line(of error: any Error) -> Int? {
        switch error as? YamlError {
        case .scanner(_, _, let mark, _)?, .parser(_, _, let mark, _)?, .composer(_, _, let mark, _)?: mark.line
        case .duplicatedKeysInMapping(_, let context)?: context.mark.line
        default: nil
        }
    }
}
