import Foundation

/// The prompts of this deployment: those in the binary, or a folder's files of the same names.
package struct PromptLibrary: Sendable {
    package let pillars: PromptTemplate
    package let distribution: PromptTemplate
    package let post: PromptTemplate
    package let repair: PromptTemplate

    /// - Throws: `PromptTemplate.Defect` naming the file that cannot be used.
    package init(folder: String? = nil) throws {
        func template(_ name: String, _ embedded: [UInt8]) throws -> PromptTemplate {
            guard let folder else { return try PromptTemplate(name: name, text: String(decoding: embedded, as: UTF8.self)) }
            let path = "\(folder)/\(name).prompt"
            guard FileManager.default.fileExists(atPath: path) else {
                return try PromptTemplate(name: name, text: String(decoding: embedded, as: UTF8.self))
            }
            guard let text = String(validating: [UInt8](try Data(contentsOf: URL(filePath: path))), as: UTF8.self) else {
                throw PromptTemplate.Defect(description: "prompt \(path): not valid UTF-8")
            }
            return try PromptTemplate(name: name, text: text)
        }
        pillars = try template("pillars", PackageResources.pillars_prompt)
        distribution = try template("distribution", PackageResources.distribution_prompt)
        post = try template("post", PackageResources.post_prompt)
        repair = try template("repair", PackageResources.repair_prompt)
    }

    package var all: [PromptTemplate] { [pillars, distribution, post, repair] }
}
