import ArgumentParser
import Assembly

struct Budgets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budgets", abstract: "Set, show and take back what workspaces may spend in a calendar month (UTC).",
        subcommands: [Set.self, List.self, Clear.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a workspace a budget of its own, in place of the deployment's; every process knows within a second.")

        @OptionGroup var common: CommonOptions
        @Option(help: "The workspace.") var workspace: String
        @Option(help: "Tokens of all models together; no limit without it.") var tokens: Int?
        @Option(help: "US dollars, by the prices of POSTWRIGHT_PRICES; no limit without it.") var usd: Double?

        func validate() throws {
            if let tokens, tokens < 0 { throw ValidationError("--tokens must not be negative.") }
            if let usd, !(0...1e9).contains(usd) { throw ValidationError("--usd must be from 0 to 1000000000.") }
        }

        func run() async throws {
            try await common.run { services, _ in try await services.setBudget(workspace: workspace, tokens: tokens, dollars: usd) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the deployment's budget and those of workspaces.")

        @OptionGroup var common: CommonOptions
        @Flag(help: "Print JSON, for programs.") var json = false

        func run() async throws {
            try await common.run { services, _ in try await services.listBudgets(asJSON: json) }
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let the deployment's budget hold for the workspace again.")

        @OptionGroup var common: CommonOptions
        @Option(help: "The workspace.") var workspace: String

        func run() async throws {
            try await common.run { services, _ in try await services.clearBudget(workspace: workspace) }
        }
    }
}

struct Usage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a workspace's calls to models came to in a month.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: WorkspaceOptions
    @Option(help: "The month, such as 2026-11; this one without it.") var month: String?

    func run() async throws {
        try await common.run { services, _ in
            try await services.showUsage(workspace: options.workspace, month: month, asJSON: options.json)
        }
    }
}
