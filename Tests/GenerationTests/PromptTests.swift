import Connectors
import Foundation
import Testing

@testable import Generation

struct PromptTests {
    private let connectors: ConnectorRegistry

    init() throws { connectors = try ConnectorRegistry.standard() }

    private static let head = "---\ntemperature: 0.5\nschema: post\n---\n"
    private static let evidence = "{{fence}}\n{{#passages}}\n{{id}} {{text}}\n{{/passages}}\n{{fence}}\n"

    private func defects(_ files: [PromptFile]) -> [String] {
        do {
            _ = try PromptLibrary(connectors: connectors, overrides: files)
            return []
        } catch { return (error as? PromptDefects)?.defects.map(\.description) ?? ["\(error)"] }
    }

    private func post(_ body: String, head: String = Self.head) -> [String] { defects([PromptFile(name: "post", text: head + body)]) }

    @Test func `the prompts of the binary are sound`() throws {
        let library = try PromptLibrary(connectors: connectors)
        #expect(Set(library[.post].hashes.keys) == ["post", "_evidence"])
        for id in connectors.ids { #expect(library.guidance(for: id).hashes.keys.first == "_" + id) }
    }

    @Test(arguments: [
        // Body, and what the defect must say.
        ("{{brief}} {{platform}} {{colour}}\n" + evidence, "post.prompt:5: unknown variable {{colour}}"),
        (
            "{{brief}}\n{{platform}}\n\n{{#passages}}{{text}}{{id}}{{titel}}{{/passages}}{{fence}}",
            "post.prompt:8: unknown variable {{titel}}"
        ),
        ("{{platform}}\n" + evidence, "post.prompt:5: the prompt never uses {{brief}}"),
        ("{{brief}}{{platform}}", "the prompt never uses {{fence}}, {{id}}, {{passages}}, {{text}}"),
        ("{{brief}}{{platform}}{{text}}\n" + evidence, "post.prompt:5: unknown variable {{text}}"),
        ("{{brief}}{{platform}}{{passages}}\n" + evidence, "is a list: it takes a section {{#passages}}"),
        ("{{brief}}{{platform}}{{#goals}}x{{/goals}}" + evidence, "unknown variable {{goals}}"),
        ("{{brief}}{{platform}}\n{{#tone}}x\n" + evidence, "post.prompt:6: the section {{#tone}} has no end"),
        ("{{brief}}{{platform}}{{#tone}}{{/voice}}" + evidence, "{{/voice}} ends the section {{#tone}} of line 5"),
        ("{{brief}}{{platform}}{{/tone}}" + evidence, "{{/tone}} ends a section that was not begun"),
        ("{{brief}}{{platform}}\n{{> evidense}}", "post.prompt:6: unknown partial {{> evidense}}; known are evidence"),
        ("{{brief}}{{platform}}\n{{tone", "post.prompt:6: the tag that begins here has no end"),
        ("{{brief}}{{platform}}{{=<% %>=}}" + evidence, "{{=<% %>=}} is not a variable, section, partial or comment"),
        ("{{brief}}{{platform}}{{uppercase(tone)}}" + evidence, "is not a variable"),
        ("{{brief}}{{platform}}{{tone.length}}" + evidence, "is not a variable"),
        ("{{brief}}{{platform}}{{}}" + evidence, "{{}} is not a variable"),
    ])
    func `a body that does not fit its stage is refused with file and line`(body: String, detail: String) {
        let found = post(body)
        #expect(found.contains { $0.contains(detail) }, "\(found)")
    }

    @Test(arguments: [
        ("", "post.prompt:1: no front matter"), ("---\nschema: post\n", "post.prompt:1: no front matter"),
        ("---\nschema: pillars\n---\n", "post.prompt:2: the schema is \"pillars\"; this stage's answer has the schema post"),
        ("---\ntemperature: 1\n---\n", "the schema is missing"),
        ("---\nschema: post\ntemperature: hot\n---\n", "post.prompt:3: temperature must be a number from 0 to 2"),
        ("---\nschema: post\ntemperature: 3\n---\n", "post.prompt:3: temperature must be"),
        ("---\nschema: post\nmaxOutputTokens: 0\n---\n", "post.prompt:3: maxOutputTokens must be a whole number"),
        ("---\nschema: post\nmax_tokens: 9\n---\n", "post.prompt:3: \"max_tokens\" is not a member of the front matter"),
        ("---\nschema: post\nfallbackModels: one\n---\n", "post.prompt:3: fallbackModels must be a list"),
        ("---\nschema: post\nmodel: [a]\n---\n", "post.prompt:3: model must be"),
        ("---\nschema: post\nsystem: {{x\n---\n", "the front matter is not valid YAML"),
        ("---\n- schema\n---\n", "the front matter is not a mapping"),
    ])
    func `a bad front matter is refused with file and line`(head: String, detail: String) {
        let found = post("{{brief}}{{platform}}\n" + Self.evidence, head: head)
        #expect(found.contains { $0.contains(detail) }, "\(found)")
    }

    @Test func `partials are checked where they are used`() {
        let loop = [PromptFile(name: "_a", text: "{{> b}}"), PromptFile(name: "_b", text: "\n{{> a}}")]
        let post = PromptFile(name: "post", text: Self.head + "{{brief}}{{platform}}{{> a}}" + Self.evidence)
        #expect(defects(loop + [post]) == ["_b.prompt:2: the partial {{> a}} includes itself"])
        let foreign = defects([PromptFile(name: "_evidence", text: Self.evidence + "{{voice}}")])
        #expect(foreign.contains { $0.hasPrefix("_evidence.prompt:6: unknown variable {{voice}}") })
        #expect(defects([PromptFile(name: "_evidence", text: Self.head)]).contains("_evidence.prompt:1: a partial has no front matter"))
        #expect(defects([PromptFile(name: "psot", text: "x")]).contains { $0.hasPrefix("psot.prompt:1: no stage has this name") })
        #expect(defects([PromptFile(name: "_nobody", text: "")]).first?.hasPrefix("_nobody.prompt:1: no prompt uses this partial") == true)
    }

    @Test func `a prompt renders its variables, lists and partials as they are`() throws {
        let file = PromptFile(
            name: "repair",
            text:
                "---\nschema: post\nmodel: m\nfallbackModels: [n, o]\n---\n{{! why }}\n{{#faults}}\n<{{rule}}> {{{detail}}}\n{{/faults}}\n")
        let library = try PromptLibrary(connectors: connectors, overrides: [file])
        let faults = [["rule": "a & \"b\"", "detail": "<c>"], ["rule": "d", "detail": "e"]]
        #expect(try library[.repair].render(["faults": faults]) == "<a & \"b\"> <c>\n<d> e\n")
        #expect(library[.repair].parameters.model == "m")
        #expect(library[.repair].parameters.fallbackModels == ["n", "o"])
        #expect(throws: PromptDefect.self) { try library[.repair].render([:]) }
        #expect(throws: PromptDefect.self) { try library[.repair].render(["faults": faults, "more": ""]) }
    }

    @Test func `changed files are read again, and bad ones leave the prompts as they were`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "prompts-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (reports, continuation) = AsyncStream.makeStream(of: PromptDefects?.self)
        let source = try PromptSource(connectors: connectors, folder: folder) { continuation.yield($0) }
        let own = source.current[.post].hashes["post"]
        var iterator = reports.makeAsyncIterator()

        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: folder + "/post.prompt")) }
        func look() async throws { try await Task.sleep(for: .milliseconds(600)) }
        let good = Self.head + "{{brief}}{{platform}}\n" + Self.evidence
        try write(good)
        try await look()
        #expect(source.current[.post].hashes["post"] == Digest.hexadecimal(good))
        #expect(await iterator.next() == .some(nil))
        try write(good + "{{nothing}}")
        try await look()
        #expect(source.current[.post].hashes["post"] == Digest.hexadecimal(good))
        #expect(await iterator.next()??.defects.first?.line == 11)
        try FileManager.default.removeItem(atPath: folder + "/post.prompt")
        try await look()
        #expect(source.current[.post].hashes["post"] == own)
        #expect(throws: PromptDefects.self) { try PromptSource(connectors: connectors, folder: folder + "/none") }
    }
}
