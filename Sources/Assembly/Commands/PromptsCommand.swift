import Connectors
import Foundation
import Generation

/// What `postwright prompts` does; it needs no settings and no other part.
package enum PromptsCommand {
    /// Checks a folder as the service would at its start, and prints what is wrong, one defect a line.
    ///
    /// - Returns: whether the folder can be used.
    package static func check(_ folder: String) throws -> Bool {
        let connectors = try ConnectorRegistry.standard()
        do { _ = try PromptLibrary(connectors: connectors, folder: folder) } catch let error as PromptDefects {
            for defect in error.defects { Console.warn(defect.description) }
            return false
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".prompt") }.sorted()
        if names.isEmpty {
            Console.warn("\(folder) has no files that end in .prompt")
            return false
        }
        Console.print("\(names.count) prompts can be used: \(names.joined(separator: ", "))")
        return true
    }

    /// Writes the binary's own prompts into a folder, to start from; a file that is there already stays.
    package static func export(to folder: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw StartError(.failed, "\(folder) cannot be made: \(error.fileReason)")
        }
        for (name, text) in PromptLibrary.embeddedTexts(try ConnectorRegistry.standard()) {
            let path = "\(folder)/\(name)"
            if FileManager.default.fileExists(atPath: path) {
                Console.warn("\(path) is there already and stays as it is")
                continue
            }
            try Data(text.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
            Console.print(path)
        }
    }
}
