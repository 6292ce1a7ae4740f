import Foundation
import LocalParts
import Testing

@Suite struct `What operators are told` {
    private func text(_ path: String) throws -> String { try String(contentsOfFile: LocalParts.root + "/" + path, encoding: .utf8) }

    private func names(in text: String, after mark: String) -> [String] {
        text.split(separator: mark, omittingEmptySubsequences: false).dropFirst().map { String($0.prefix { $0.isLetter || $0.isNumber }) }
    }

    @Test func `every alert has its entry in the runbook, and the other way round`() throws {
        let alerts = names(in: try text("docker/alerts.yaml"), after: "- alert: ")
        let entries = names(in: try text("docs/runbook.md"), after: "\n## ")
        #expect(alerts.count > 15 && alerts == entries)
    }

    @Test func `alerts, runbook and dashboard name metrics that there are`() throws {
        var made: Set<String> = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: LocalParts.root + "/Sources") where path.hasSuffix(".swift") {
            for piece in try text("Sources/" + path).split(separator: "\"")
            where piece.wholeMatch(of: /(postwright|process)_[a-z_]+/) != nil {
                made.insert(String(piece))
            }
        }
        for file in ["docker/alerts.yaml", "docs/runbook.md", "docker/grafana/postwright.json", "docs/operations.md"] {
            for match in try text(file).matches(of: /(postwright|process)_[a-z_]+/) {
                let name = String(match.output.0)
                let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) } ?? name
                #expect(made.contains(base), "\(file): \(name)")
            }
        }
        #expect(made.count > 30)
    }

    @Test func `links of the documentation lead somewhere`() throws {
        for file in ["docs/runbook.md", "docs/operations.md"] {
            for piece in try text(file).split(separator: "](").dropFirst() {
                let target = piece.prefix { $0 != ")" && $0 != "#" }
                guard !target.isEmpty, !target.hasPrefix("http") else { continue }
                #expect(FileManager.default.fileExists(atPath: LocalParts.root + "/docs/" + target), "\(file) links to \(target)")
            }
        }
    }
}
