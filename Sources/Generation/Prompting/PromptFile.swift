import Foundation

/// A prompt's text, from the binary or from a folder.
struct PromptFile: Sendable, Hashable {
    /// Without the ending `.prompt`; that of a partial begins with an underscore.
    var name: String
    /// Where it is, in an error's words.
    var path: String
    var text: String
    /// SHA-256 of the text, in hexadecimal.
    var hash: String

    init(name: String, path: String? = nil, text: String) {
        self.name = name
        self.path = path ?? "\(name).prompt"
        self.text = text.replacing("\r\n", with: "\n")
        hash = Digest.hexadecimal(text)
    }

    static let fileExtension = "prompt"
    /// The longest file that is read, in bytes.
    static let byteLimit = 256 * 1024

    /// The prompt files of a folder, by name.
    ///
    /// - Throws: `PromptDefects` when the folder or a file cannot be read.
    static func files(in folder: String) throws -> [PromptFile] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
            throw PromptDefects(defects: [PromptDefect(file: folder, line: 1, detail: "the folder cannot be read")])
        }
        var files: [PromptFile] = []
        var defects: [PromptDefect] = []
        for name in names where name.hasSuffix(".\(fileExtension)") {
            let path = "\(folder)/\(name)"
            func refuse(_ detail: String) { defects.append(PromptDefect(file: path, line: 1, detail: detail)) }
            guard let data = FileManager.default.contents(atPath: path) else {
                refuse("the file cannot be read")
                continue
            }
            guard data.count <= byteLimit else {
                refuse("the file has \(data.count) bytes, more than \(byteLimit)")
                continue
            }
            guard let text = String(validating: [UInt8](data), as: UTF8.self) else {
                refuse("the file is not valid UTF-8")
                continue
            }
            files.append(PromptFile(name: String(name.dropLast(fileExtension.count + 1)), path: path, text: text))
        }
        guard defects.isEmpty else { throw PromptDefects(defects: defects) }
        return files
    }
}
