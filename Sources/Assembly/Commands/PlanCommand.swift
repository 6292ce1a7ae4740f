import API
import Connectors
import Generation
import JSON
import Knowledge
import MongoStore

/// How `postwright plan` prints a plan.
package enum PlanFormat: String, CaseIterable, Sendable {
    case text, json, csv, markdown, ical

    func render(_ plan: Plan, posts: [CitedPost]) -> String {
        switch self {
        case .text: PlanText.render(plan, posts: posts)
        case .json: plan.json(posts: posts).prettyText
        case .csv: PlanExport.csv.render(plan, posts: posts)
        case .markdown: PlanExport.markdown.render(plan, posts: posts)
        case .ical: PlanExport.ical.render(plan, posts: posts)
        }
    }
}

extension Services {
    /// What `postwright plan` was asked for.
    package struct PlanOrder: Sendable {
        package var brand: String
        package var days: Int
        package var posts: Int
        package var platforms: [String]
        package var start: String?
        package var timeZone: String
        package var settles: Bool

        package init(brand: String, days: Int, posts: Int, platforms: [String], start: String?, timeZone: String, settles: Bool) {
            self.brand = brand
            self.days = days
            self.posts = posts
            self.platforms = platforms
            self.start = start
            self.timeZone = timeZone
            self.settles = settles
        }
    }

    /// Makes a plan and prints its posts.
    ///
    /// - Returns: whether every post was made.
    package func plan(_ order: PlanOrder, workspace: String, format: PlanFormat) async throws -> Bool {
        let key = BrandKey(workspace: workspace, brand: order.brand)
        guard let brand = try await stores.brand(key) else { throw StartError(.failed, "There is no brand \(order.brand).") }
        let operation: Operation
        do {
            operation = try await api().acceptPlan(Self.request(order), brand)
        } catch let error as Problem {
            throw StartError(.arguments, error.sentence)
        } catch let error as BudgetExceeded {
            throw StartError(.failed, error.description)
        }
        let id = operation.result.id
        let ended = try await withRunner {
            let display = ProgressDisplay(title: order.brand)
            defer { display.end() }
            return await watch(operation) { display.show(done: $0.progress.done, total: $0.progress.total, note: $0.stage) }
        }
        guard let made = try await stores.plan(id, workspace: workspace) else {
            throw StartError(.failed, "The plan was deleted meanwhile.")
        }
        let posts = try await CitedPosts(posts: stores, documents: stores)
            .reviewed(try await stores.posts(plan: id, workspace: workspace))
        Console.print(format.render(made, posts: posts))
        for item in ended.items where item.state == .failed { Console.warn("failed: \(item.id): \(item.error?.detail ?? "")") }
        if let error = ended.error { Console.warn("The plan \(ended.state.rawValue): \(error.detail) (\(error.code))") }
        return ended.state == .succeeded
    }

    private static func request(_ order: PlanOrder) -> JSON {
        var period: JSONObject = ["days": JSON(order.days)]
        period["start"] = order.start.map(JSON.string)
        var request: JSONObject = [
            "period": .object(period), "timeZone": .string(order.timeZone), "posts": JSON(order.posts),
            "onFailure": order.settles ? "settle" : "cancel",
        ]
        if !order.platforms.isEmpty { request["channels"] = .array(order.platforms.map { ["platform": .string($0)] }) }
        return .object(request)
    }
}

extension Problem {
    fileprivate var sentence: String {
        faults.isEmpty ? detail : faults.map { "\($0.pointer) \($0.detail)" }.joined(separator: "\n")
    }
}
