// The command line: arguments in, exit code out. All that a command does is in Assembly.

import ArgumentParser
import Assembly
import Foundation
import Logging

@main
struct Postwright: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postwright",
        abstract: "Grounded social posts from what a brand knows.",
        discussion: """
            Settings come from the environment, or from a YAML file of NAME: value lines given with --config; \
            'postwright doctor' shows the effective ones and checks every dependency.

            Exit codes: 0 success, 1 the work failed or found nothing, 64 wrong arguments, 69 a dependency does not \
            answer, 78 wrong settings.
            """,
        version: Version.text,
        subcommands: [
            Serve.self, Seed.self, Ask.self, MakePlan.self, Replay.self, Eval.self, Prompts.self, PrintSchema.self, Keys.self, Budgets.self,
            Usage.self,
            Doctor.self, Health.self, Convert.self,
        ])
}

/// Options of every command.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("YAML file with settings; the environment wins over it.", valueName: "file"))
    var config: String?
}

/// Options of the commands that work on a workspace's data.
struct WorkspaceOptions: ParsableArguments {
    @Option(help: "Workspace whose brands are meant.")
    var workspace = "default"

    @Flag(help: "Print JSON, for programs.")
    var json = false
}

extension CommonOptions {
    func values() throws -> SettingValues {
        let file = try config.map { try SettingValues.file(at: $0) } ?? [:]
        return try SettingValues(environment: ProcessInfo.processInfo.environment, file: file)
    }

    /// Runs `body` with the process's objects, and turns failures into a sentence and an exit code.
    func run(quietly: Bool = true, _ body: (Services, SettingValues) async throws -> Bool) async throws {
        do {
            let values = try values()
            let settings = try Settings(values)
            let level = quietly ? max(settings.logLevel, .error) : settings.logLevel
            let services = try Services(settings, logger: Logs.make(level: level))
            let isDone: Bool
            do { isDone = try await body(services, values) } catch {
                await services.close()
                throw error
            }
            await services.close()
            guard isDone else { throw ExitCode(1) }
        } catch let code as ExitCode {
            throw code
        } catch {
            let failure = StartError(error)
            try fail(failure.description, code: failure.reason.rawValue)
        }
    }

    private func fail(_ sentence: String, code: Int32) throws {
        FileHandle.standardError.write(Data("postwright: \(sentence)\n".utf8))
        throw ExitCode(code)
    }
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve the HTTP API until SIGTERM or SIGINT.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.run(quietly: false) { services, _ in
            try await services.serve()
            return true
        }
    }
}

struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load brands from folders with a brand.yaml; doing it again changes nothing.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: ArgumentHelp("Folders of brands, such as Seeds/halden-roasters.", valueName: "folder"))
    var folders: [String]

    func run() async throws {
        try await common.run { services, _ in
            try await services.seed(folders, workspace: options.workspace, asJSON: options.json)
        }
    }
}

struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the passages of a brand that answer a question.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: "The brand's id.") var brand: String
    @Argument(help: "The question.") var question: String
    @Option(help: "How many passages, 1 to 50.") var limit = 5
    @Option(help: "Rank by hybrid, vector or text.") var mode = "hybrid"

    func validate() throws {
        guard (1...50).contains(limit) else { throw ValidationError("--limit must be between 1 and 50") }
        guard ["hybrid", "vector", "text"].contains(mode) else { throw ValidationError("--mode must be hybrid, vector or text") }
    }

    func run() async throws {
        try await common.run { services, _ in
            try await services.ask(
                brand, question, workspace: options.workspace, limit: limit, mode: mode, asJSON: options.json)
        }
    }
}

struct MakePlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Plan a brand's content and write all posts.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: "The brand's id.") var brand: String
    @Option(help: "Days to plan, 1 to 31.") var days = 7
    @Option(help: "Posts to write, 1 to 100.") var posts = 20
    @Option(name: .customLong("platform"), help: "Platform to write for; repeat it for more. All of them without it.")
    var platforms: [String] = []
    @Option(help: "First day, such as 2026-11-23; today without it.") var start: String?
    @Option(help: "IANA time zone of the posts' times.") var timeZone = "UTC"
    @Flag(help: "Finish the other posts when one fails.") var settle = false
    @Option(help: "How to print the plan: \(PlanFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: PlanFormat?

    func validate() throws {
        guard !options.json || format == nil || format == .json else { throw ValidationError("--json and --format contradict each other") }
    }

    func run() async throws {
        try await common.run { services, _ in
            let order = Services.PlanOrder(
                brand: brand, days: days, posts: posts, platforms: platforms, start: start, timeZone: timeZone, settles: settle)
            return try await services.plan(
                order, workspace: options.workspace, format: format ?? (options.json ? .json : .text))
        }
    }
}

extension PlanFormat: ExpressibleByArgument {}

struct Eval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure retrieval on questions whose answers are known.",
        discussion: """
            The path is a seed folder with questions.jsonl, whose brand is loaded already, or a collection as BEIR lays them out \
            (corpus.jsonl or documents.jsonl, queries.jsonl, qrels/test.tsv or qrels.tsv), which is stored nowhere; .f32 files \
            of the same names have its vectors. Measures are hit@5, recall@5, recall@10, nDCG@10 and MRR, by document.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: "Folder, or a questions.jsonl file.") var path: String
    @Option(help: "The brand to ask, when no brand.yaml beside the questions names it.") var brand: String?
    @Option(name: .customLong("at-least"), help: "MEASURE=VALUE that the hybrid mode must reach, or the command fails; repeat it for more.")
    var least: [String] = []

    private func thresholds() throws -> [(name: String, value: Double)] {
        try least.map { text in
            let parts = text.split(separator: "=").map(String.init)
            let known = Services.evaluationMeasures
            guard parts.count == 2, let value = Double(parts[1]), known.contains(where: { $0.lowercased() == parts[0].lowercased() }) else {
                throw ValidationError("--at-least must be MEASURE=VALUE with one of \(known.joined(separator: ", ")), not \(text)")
            }
            return (parts[0], value)
        }
    }

    func validate() throws { _ = try thresholds() }

    func run() async throws {
        let order = Services.EvaluationOrder(path: path, brand: brand, least: try thresholds())
        try await common.run { services, _ in
            try await services.evaluate(order, workspace: options.workspace, asJSON: options.json)
        }
    }
}

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Render a post's prompt again and show what would be different today.",
        discussion: """
            The prompt is made of what is stored with the post and of today's templates. Below it stands whether that is what \
            the model was sent, which templates changed, which passages would be shown today, and which model would be \
            asked. No language model is asked, and nothing is changed.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: "The post's id.") var post: String

    func run() async throws {
        try await common.run { services, _ in
            try await services.replay(post, workspace: options.workspace, asJSON: options.json)
        }
    }
}

struct Prompts: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check prompt files, or write out those of the binary to start from.",
        discussion: """
            A folder of prompts is used with POSTWRIGHT_PROMPTS: each of its files replaces the one of the same name, and \
            a change is taken up without a restart.
            """,
        subcommands: [Check.self, Export.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say what is wrong with a folder's prompts, with file and line.")

        @Argument(help: ArgumentHelp("Folder with files that end in .prompt.", valueName: "folder")) var folder: String

        func run() throws {
            guard try PromptsCommand.check(folder) else { throw ExitCode(1) }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write the binary's own prompts into a folder.")

        @Argument(help: ArgumentHelp("Folder to write into; its files stay as they are.", valueName: "folder")) var folder: String

        func run() throws { try PromptsCommand.export(to: folder) }
    }
}

/// What the service runs as a child to read a file that it does not trust.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ConversionCommand.name, abstract: "Make text of the pdf or docx on standard input, within limits.",
        shouldDisplay: false)

    @Argument(help: "pdf or docx.") var format: String

    func run() throws { ConversionCommand.run(format) }
}

struct PrintSchema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print-schema", abstract: "Print the GraphQL schema in its own language.")

    func run() { SchemaCommand.run() }
}

/// For container platforms, whose images need no other program for it.
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the service that runs with these settings whether it is well; exit code 0 or 1.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "Ask whether it can do its work (/readyz), and not only whether it lives (/healthz).") var ready = false

    func run() async throws {
        let settings = try Settings(try common.values())
        guard await HealthCommand.run(settings, path: ready ? "/readyz" : "/healthz") else { throw ExitCode(1) }
    }
}

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every dependency and print the effective settings, secrets redacted.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "Print JSON, for programs.") var json = false

    func run() async throws {
        try await common.run { services, values in
            if let fault = await services.doctor(values, asJSON: json) { throw ExitCode(fault.rawValue) }
            return true
        }
    }
}
