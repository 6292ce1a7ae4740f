import Foundation
import JSON
import LocalParts
import Testing

/// Files as people and attackers make them, against the real service; `Files/hostile_files.py` makes them and says what is
/// to become of each.
struct HostileFileTests {
    private struct File: Decodable {
        var name: String
        var mediaType: String
        var expect: String
        var contains: [String]
        var absent: [String]
    }

    /// Makes the files.
    ///
    /// - Returns: their folder, and what the manifest says of each.
    private func files() async throws -> (folder: String, [File]) {
        let folder = try LocalParts.temporaryFolder()
        let script = try String(contentsOfFile: LocalParts.root + "/Tests/ServiceTests/Files/hostile_files.py", encoding: .utf8)
        _ = try await LocalParts.runPython(script, [folder])
        let manifest = try Data(contentsOf: URL(filePath: folder + "/manifest.json"))
        return (folder, try JSONDecoder().decode([File].self, from: manifest))
    }

    /// The text of all chunks of the document, each below its headings.
    private func text(_ service: ServiceUnderTest, _ path: String) async throws -> String {
        var (texts, cursor) = ([String](), "")
        repeat {
            let page = try await service.call("GET", path + "/chunks?limit=200" + cursor).json
            for chunk in page["items"]?.arrayValue ?? [] {
                texts += (chunk["headingPath"]?.arrayValue ?? []).compactMap(\.stringValue) + [chunk["text"]?.stringValue ?? ""]
            }
            cursor = page["nextCursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        return texts.joined(separator: "\n")
    }

    private func residentMemory(_ process: LocalProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (Int(line.split(separator: " ").dropFirst().first { Int($0) != nil } ?? "") ?? 0) << 10
    }

    /// The counters of libmongoc in shared memory, one file a process, whose process is gone.
    private func orphanedCounters() throws -> Set<String> {
        Set(
            try FileManager.default.contentsOfDirectory(atPath: "/dev/shm").filter {
                $0.hasPrefix("mongoc-") && !FileManager.default.fileExists(atPath: "/proc/" + $0.dropFirst("mongoc-".count))
            })
    }

    private func check(_ file: File, in folder: String, _ service: ServiceUnderTest) async throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: folder + "/" + file.name)))
        let id = file.name.replacingOccurrences(of: ".", with: "-")
        let path = "/v1/brands/acme/documents/\(id)"
        let answer = try await service.call("PUT", path, bytes, ["content-type": file.mediaType])
        let isAccepted = answer.status == 202
        if !isAccepted {
            #expect([413, 415, 422].contains(answer.status), "\(file.name): \(answer.text)")
            #expect(try await service.call("GET", path).status == 404, "\(file.name): refused, and stored all the same")
        }
        switch file.expect {
        case "accepted", "long": #expect(isAccepted, "\(file.name): \(answer.text.prefix(300))")
        case "refused": #expect(!isAccepted, "\(file.name) is read")
        default: break
        }
        guard isAccepted else { return }
        // What may be read and is very long needs no vectors here: that it was taken apart is enough.
        guard file.expect == "accepted" || bytes.count < 100_000 else {
            let operation = answer.json["operation"]?["id"]?.stringValue ?? ""
            _ = try await service.call("POST", "/v1/operations/\(operation)/cancel")
            _ = try await service.outcome(operation)
            #expect(try await service.call("DELETE", path).status == 204)
            return
        }
        let outcome = try await service.outcome(answer.json["operation"]?["id"]?.stringValue ?? "")
        #expect(outcome["state"] == "succeeded", "\(file.name): \(outcome.text)")
        let text = try await text(service, path)
        for words in file.contains { #expect(text.contains(words), "\(file.name) lacks \(words)") }
        for words in file.absent { #expect(!text.contains(words), "\(file.name) has \(words)") }
    }

    @Test func `are read or refused as they should be, and the service is as it was`() async throws {
        let (folder, files) = try await files()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(files.count > 100)
        let orphans = try orphanedCounters()
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        // Once, so that what is loaded on first use is there.
        for file in files.filter({ $0.name.hasSuffix("good.pdf") || $0.name.hasSuffix("good.docx") }) {
            try await check(file, in: folder, service)
        }
        let before = try residentMemory(service.service)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, file) in files.enumerated() {
                if index >= 4 { try await group.next() }
                group.addTask { try await check(file, in: folder, service) }
            }
            try await group.waitForAll()
        }
        #expect(try await service.call("GET", "/healthz").status == 200 && service.service.isRunning)
        // What was freed is given back every few seconds.
        var grown = Int.max
        for _ in 0..<30 where grown >= 64 << 20 {
            try await Task.sleep(for: .milliseconds(500))
            grown = try residentMemory(service.service) - before
        }
        print("\(files.count) hostile files, after which the service has \(grown >> 20) MiB more than before")
        #expect(grown < 64 << 20, "memory grew by \(grown >> 20) MiB")
        let left = try orphanedCounters().subtracting(orphans)
        #expect(left.isEmpty, "\(left.count) children left their counters in shared memory")
        let formats = try await service.call("GET", "/v1/capabilities").json["formats"]?.arrayValue ?? []
        #expect(formats.count == 7 && formats.allSatisfy { $0["available"] == true })
    }
}
