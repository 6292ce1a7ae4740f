import ArgumentParser
import Assembly

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list, revoke and rotate the keys of a workspace.",
        subcommands: [Create.self, List.self, Revoke.self, Rotate.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key; it is printed once, as the last line.")

        @OptionGroup var common: CommonOptions
        @Option(help: "Workspace that the key belongs to; a new name makes a new one.") var workspace = "default"
        @Option(help: "Scopes with commas between: read, write, generate, admin; write and generate imply read.") var scopes: String
        @Option(help: "What it is for.") var name = ""
        @Option(help: "Ids of the only brands that it sees, with commas between.") var brands: String?
        @Option(help: "Days after which it ends.") var expiresInDays: Int?

        func validate() throws {
            if let days = expiresInDays, !(1...3650).contains(days) {
                throw ValidationError("--expires-in-days must be between 1 and 3650.")
            }
        }

        func run() async throws {
            try await common.run { services, _ in
                try await services.createKey(
                    .init(name: name, scopes: scopes, brands: brands, expiresInDays: expiresInDays), workspace: workspace)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the keys, without their secrets.")

        @OptionGroup var common: CommonOptions
        @Option(help: "Only the keys of this workspace.") var workspace: String?
        @Flag(help: "Print JSON, for programs.") var json = false

        func run() async throws {
            try await common.run { services, _ in try await services.listKeys(workspace: workspace, asJSON: json) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a key; every process knows within a second.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The public part, which list shows.") var id: String

        func run() async throws {
            try await common.run { services, _ in try await services.revokeKey(id) }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key like another, which ends.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The public part, which list shows.") var id: String
        @Option(help: "Seconds for which the old key goes on, up to a week.") var overlapSeconds = 0

        func validate() throws {
            if !(0...604_800).contains(overlapSeconds) { throw ValidationError("--overlap-seconds must be from 0 to 604800.") }
        }

        func run() async throws {
            try await common.run { services, _ in
                try await services.rotateKey(id, overlapSeconds: overlapSeconds)
            }
        }
    }
}
