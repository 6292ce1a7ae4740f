import Foundation
import JSON
import LocalParts
import Testing

/// What scripts rely on of the commands: exit codes and sentences.
@Suite(.serialized) struct `The command line` {
    private func folder(_ manifest: String, _ files: [String: String] = [:]) throws -> String {
        let folder = try LocalParts.temporaryFolder()
        for (name, text) in files.merging(["brand.yaml": manifest], uniquingKeysWith: { $1 }) {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        return folder
    }

    @Test func `tells by its exit code what went wrong`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        let badID = try folder("id: Acme Corp\nname: Acme\ndocuments: []\n")
        let badDocument = try folder("id: acme\nname: Acme\ndocuments: [{id: 'a/b', path: a.md}]\n", ["a.md": "x"])
        let twice = try folder("id: acme\nname: Acme\ndocuments: [{id: a, path: a.md}, {id: a, path: b.md}]\n", ["a.md": "x", "b.md": "y"])
        let list = try folder("- acme\n")
        let table: [(arguments: [String], code: Int32, contains: String)] = [
            (["ask", "nobody", "What?"], 1, "There is no brand nobody."), (["replay", "none"], 1, "There is no post none."),
            (["seed", "/nowhere"], 1, "cannot be read: it does not exist"), (["seed", badID], 1, "lower-case"),
            (["seed", badDocument], 1, "a/b"),
            (["keys", "create", "--workspace", "w", "--scopes", "foo"], 64, "--scopes"),
            (["keys", "create", "--workspace", "a/b", "--scopes", "read"], 64, "--workspace"),
            (["keys", "create", "--scopes", "read", "--expires-in-days", "106751991168"], 64, "3650"),
            (["seed", twice], 1, "\"a\""), (["seed", list], 1, "documents"), (["ask", "acme", " "], 64, "1 to 4,000"),
            (["budgets", "set", "--workspace", "w"], 64, "--tokens"), (["usage", "--month", "soon"], 64, "--month"),
            (["plan", "acme", "--days", "99"], 64, "/period/days"), (["unknown"], 64, "unknown"),
        ]
        for (arguments, code, contains) in table {
            let answer = try await service.command(arguments)
            #expect(answer.code == code && answer.text.contains(contains), "\(arguments): \(answer.code) \(answer.text)")
        }
        let misspelled = try await service.command(
            ["seed", try folder("id: other\nname: Other\nidentity: {tnoe: warm}\ndocuments: []\n")])
        #expect(misspelled.code == 0 && misspelled.text.contains("identity.tnoe is not used"), "\(misspelled.text)")
        let empty = try folder("id: empty\nname: Empty\nmetadata: {a: ~, b: null, c: , d: 'null', e: 1.5}\ndocuments: []\n")
        #expect(try await service.command(["seed", empty]).code == 0)
        let metadata = try await service.call("GET", "/v1/brands/empty").json["metadata"]
        #expect(metadata == ["a": .null, "b": .null, "c": .null, "d": "null", "e": 1.5], "\(metadata?.text ?? "")")
        let infinite = try await service.command(["seed", try folder("id: bad\nname: Bad\nmetadata: {k: .inf}\ndocuments: []\n")])
        #expect(infinite.code == 1 && infinite.text.contains("brand.yaml"), "\(infinite.text)")
        let port = service.url.split(separator: ":").last.map(String.init) ?? ""
        let taken = try await service.command(["serve"], ["POSTWRIGHT_PORT": port])
        #expect(taken.code == 1 && taken.text.contains("Something else listens on port \(port)"), "\(taken.code) \(taken.text)")
        let invalid = try await service.command(["keys", "list"], ["MONGODB_URI": "mongodb://user:hidden@h:notaport"])
        #expect(invalid.code == 78 && invalid.text.contains("MONGODB_URI") && !invalid.text.contains("hidden"), "\(invalid.text)")
        let away = ["MONGODB_URI": "mongodb://127.0.0.1:\(Ports.free())"]
        for arguments in [["keys", "list"], ["ask", "acme", "What?"], ["usage"]] {
            let answer = try await service.command(arguments, away)
            #expect(answer.code == 69 && answer.text.contains("database"), "\(arguments): \(answer.code) \(answer.text)")
        }
        // Transactions and change streams need more.
        let alone = try await DatabaseServer(["--standalone"])
        for arguments in [["serve"], ["doctor"]] {
            let answer = try await service.command(arguments, ["MONGODB_URI": alone.uri, "POSTWRIGHT_PORT": "0"])
            #expect(answer.code == 69 && answer.text.contains("standalone"), "\(arguments): \(answer.code) \(answer.text)")
        }
        let silent = try await service.command(["ask", "acme", "What?"], ["EMBEDDINGS_BASE_URL": "http://127.0.0.1:\(Ports.free())"])
        #expect(silent.code == 69 && silent.text.contains("model's API"), "\(silent.code) \(silent.text)")
    }

    @Test func `doctor looks at the API of pictures too`() async throws {
        let service = try await ServiceUnderTest()
        let dead = try await service.command(
            ["doctor"], ["IMAGES_BASE_URL": "http://127.0.0.1:\(Ports.free())", "IMAGES_MODEL": "pictures"])
        #expect(dead.code != 0 && dead.text.contains("✗ images"), "\(dead.text)")
        let well = try await service.command(["doctor"], ["IMAGES_BASE_URL": service.models.baseURL, "IMAGES_MODEL": "pictures"])
        #expect(well.code == 0 && well.text.contains("✓ images"), "\(well.text)")
    }

    @Test func `seeding again changes nothing, unless the embedding model is another one`() async throws {
        let service = try await ServiceUnderTest()
        // As spreadsheets save it, with a byte order mark.
        let seed = try folder(
            "id: acme\nname: Acme\ndocuments: [{id: prices, path: prices.csv}, {id: about, path: about.md}]\n",
            ["prices.csv": "\u{FEFF}name,price\nkettle,49\n", "about.md": "# About\n\nAcme makes kettles."])
        #expect(try await service.command(["seed", seed]).text.contains("2 added"))
        let before = try await service.call("GET", "/v1/brands/acme").text
        #expect(try await service.command(["seed", seed]).text.contains("0 added, 0 changed, 2 left"))
        #expect(try await service.call("GET", "/v1/brands/acme").text == before)
        // It would do some of the work with its own settings.
        try await service.service.stop()
        let other = ["EMBEDDINGS_MODEL": "other"]
        #expect(try await service.command(["seed", seed], other).text.contains("0 added, 2 changed, 0 left"))
        #expect(try await service.command(["seed", seed], other).text.contains("0 added, 0 changed, 2 left"))
    }
}
