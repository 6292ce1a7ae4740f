import Foundation
import Yams

/// The settings' texts: the environment wins over the configuration file, the file over the defaults.
package struct SettingValues: Sendable {
    /// Names that belong to this service: an unknown one is a slip, not somebody else's.
    private static let prefixes = ["POSTWRIGHT_", "LLM_", "EMBEDDINGS_", "IMAGES_"]

    package let environment: [String: String]
    package let file: [String: String]

    /// - Throws: `SettingsError` naming every unknown setting.
    package init(environment: [String: String], file: [String: String] = [:]) throws(SettingsError) {
        let known = Set(Setting.all.map(\.name))
        var sentences: [String] = []
        for name in environment.keys.sorted() where !known.contains(name) && Self.prefixes.contains(where: name.hasPrefix) {
            sentences.append("\(name) is not a known setting\(Self.suggestion(name, known)).")
        }
        for name in file.keys.sorted() where !known.contains(name) {
            sentences.append("\(name) in the configuration file is not a known setting\(Self.suggestion(name, known)).")
        }
        guard sentences.isEmpty else { throw SettingsError(sentences: sentences) }
        self.environment = environment
        self.file = file
    }

    /// Reads a YAML file of `NAME: value` lines.
    package static func file(at path: String) throws(SettingsError) -> [String: String] {
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            guard let node = try Yams.compose(yaml: text) else { return [:] }
            guard let mapping = node.mapping else { throw SettingsError(sentences: ["\(path) must hold lines of NAME: value."]) }
            var values: [String: String] = [:]
            for (key, value) in mapping {
                guard let name = key.string, let text = value.scalar?.string else {
                    throw SettingsError(sentences: ["\(path) must hold lines of NAME: value."])
                }
                values[name] = text
            }
            return values
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError(sentences: ["The configuration file \(path) cannot be read: \(error.fileReason)"])
        }
    }

    /// The text of a known setting.
    package func text(_ name: String) -> String {
        if let value = environment[name], !value.isEmpty { return value }
        return file[name] ?? Setting.all.first { $0.name == name }?.defaultValue ?? ""
    }

    package func isGiven(_ name: String) -> Bool { environment[name]?.isEmpty == false || file[name] != nil }

    private static func suggestion(_ name: String, _ known: Set<String>) -> String {
        let nearest = known.min { distance($0, name) < distance($1, name) }
        guard let nearest, distance(nearest, name) <= 3 else { return "" }
        return "; did you mean \(nearest)?"
    }

    /// Levenshtein's edit distance.
    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
