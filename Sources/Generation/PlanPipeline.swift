// Generation: from a brand's evidence to posts. Stages run one after the other, and each fans out. It knows
// the ports of Knowledge, the search and the connectors; no HTTP, no database, no model's API.

import Foundation
package import Knowledge
package import Operations

/// Plans a brand's content and writes all of its posts at once.
package struct PlanPipeline: Sendable {
    private let context: GenerationContext
    fileprivate let brands: any BrandStore
    fileprivate let plans: any PlanStore
    fileprivate let posts: any PostStore

    package init(
        context: GenerationContext, brands: any BrandStore, plans: any PlanStore, posts: any PostStore
    ) {
        self.context = context
        self.brands = brands
        self.plans = plans
        self.posts = posts
    }

    /// What happens while a plan is made.
    package enum Event: Sendable {
        case stageBegan(String)
        case stageEnded(String)
        /// The slots that posts are written for.
        case slotsReady([Slot])
        case postFinished(slot: String, post: Post)
        case postFailed(slot: String, any Error)
    }

    /// Makes what of the plan is missing: stages and posts that are stored are not made again.
    ///
    /// With the policy `cancel` the first failed post ends all calls in flight and is thrown; with `settle` the
    /// others are finished and the failed slots returned.
    /// - Returns: the ids of the slots whose posts failed.
    package func run(
        _ plan: Plan, _ reporter: OperationReporter, _ steps: StepLedger, report: @Sendable @escaping (Event) async throws -> Void
    ) async throws -> [String] {
        try await Run(pipeline: self, context: context.began(steps), reporter: reporter, steps: steps, report: report).make(plan)
    }

    /// What making the plan will take, with the prompts as they are now.
    package func estimate(_ brief: Plan.Brief) -> PlanEstimate {
        PlanEstimate(brief, prompts: context.began().prompts, drawsPictures: context.images != nil)
    }

    /// Marks a plan whose operation ended without success.
    package func end(_ plan: Plan, as state: Plan.State, _ fence: Fence) async throws {
        var plan = plan
        plan.state = state
        plan.updatedAt = context.clock.now
        _ = try await plans.save(plan, fence)
    }
}

/// One run of the pipeline, under one claim.
private struct Run: Sendable {
    let pipeline: PlanPipeline
    let context: GenerationContext
    let reporter: OperationReporter
    let steps: StepLedger
    let report: @Sendable (PlanPipeline.Event) async throws -> Void

    func make(_ plan: Plan) async throws -> [String] {
        guard let brand = try await Persistence.run({ try await pipeline.brands.brand(plan.brand) }) else {
            throw GenerationError.unknownBrand
        }
        var plan = plan
        plan.state = .running
        let isNew = plan.slots.isEmpty
        if isNew { try await prepare(&plan, brand: brand) }
        try await report(.slotsReady(plan.slots))
        let written = isNew ? [] : try await posts(of: plan)
        for post in written { try await report(.postFinished(slot: post.slotID, post: post)) }
        let failed = try await writePosts(for: plan, brand: brand, besides: written)
        plan.state = failed.isEmpty ? .ready : .partial
        try await save(plan)
        return failed
    }

    private func posts(of plan: Plan) async throws -> [Post] {
        try await Persistence.run { try await pipeline.posts.posts(plan: plan.id, workspace: plan.brand.workspace) }
    }

    private func save(_ plan: Plan) async throws {
        var plan = plan
        plan.updatedAt = context.clock.now
        plan.usage = await steps.usage
        try await reporter.write { [plan] in try await pipeline.plans.save(plan, reporter.fence) }
        CrashPoint.reach("plan.saved")
    }

    private func prepare(_ plan: inout Plan, brand: Brand) async throws {
        if !plan.brief.mediaIDs.isEmpty {
            try await report(.stageBegan("media"))
            plan.pictures = try await MediaStage(context: context).run(plan.brief, brand: brand)
            try await save(plan)
            try await report(.stageEnded("media"))
        }
        try await report(.stageBegan("pillars"))
        let (evidence, pillars, _) = try await PillarStage(context: context).run(plan.brief, brand: brand, pictures: plan.pictures)
        plan.pillars = pillars
        // To be seen before the slots are there; that they are stored nothing waits for.
        let planned = plan
        async let isSaved: Void = save(planned)
        try await report(.stageEnded("pillars"))
        try await report(.stageBegan("distribution"))
        do {
            (plan.slots, _) = try await DistributionStage(context: context)
                .run(plan.brief, brand: brand, pillars: pillars, pictures: plan.pictures, evidence: evidence)
        } catch {
            // Before the plan's end, which must not be overtaken.
            try? await isSaved
            throw error
        }
        try await isSaved
        try await save(plan)
        try await report(.stageEnded("distribution"))
    }

    private func writePosts(for plan: Plan, brand: Brand, besides written: [Post]) async throws -> [String] {
        let done = Set(written.map(\.slotID))
        let blanks = plan.slots.map { Post(blankFor: $0, of: plan, brand: brand, at: context.clock.now) }
        guard blanks.contains(where: { !done.contains($0.slotID) }) else { return [] }
        // For all slots, written or not: who comes first decides who gets which passages.
        let (evidence, _) = try await EvidenceSelection(context: context).evidence(for: blanks)
        let texts = PlanTexts(written)
        return try await withThrowingTaskGroup(of: (String, Result<Post, any Error>).self) { group in
            for blank in blanks where !done.contains(blank.slotID) {
                group.addTask {
                    do {
                        return (blank.slotID, .success(try await write(blank, from: evidence[blank.slotID], among: texts)))
                    } catch {
                        return (blank.slotID, .failure(error))
                    }
                }
            }
            var failed: [String] = []
            for try await (slot, result) in group {
                switch result {
                case .success(let post):
                    try await report(.postFinished(slot: slot, post: post))
                case .failure(let error):
                    // First of all close the calls in flight; only then tell anybody.
                    if plan.brief.onFailure == .cancel || Self.concernsAll(error) { group.cancelAll() }
                    if Self.concernsAll(error) { throw error }
                    try await report(.postFailed(slot: slot, error))
                    if plan.brief.onFailure == .cancel { throw error }
                    failed.append(slot)
                }
            }
            return failed
        }
    }

    /// Whether a post's failure says nothing of the post: the worker is to stop, the store is away, or nobody pays.
    private static func concernsAll(_ error: any Error) -> Bool {
        error is LeaseLost || error is CancellationError || error is StoreError || error is SearchError || error is BudgetExceeded
    }

    private func write(_ blank: Post, from evidence: Evidence?, among texts: PlanTexts) async throws -> Post {
        let post = try await PostWriter(context, for: blank, among: texts).write(blank, from: evidence ?? Evidence([]))
        try await reporter.write { try await pipeline.posts.save(post, reporter.fence) }
        CrashPoint.reach("post.saved")
        return post
    }
}

extension Post {
    /// A plan's post before it is written: its place, its pillar and its inputs but for the passages.
    init(blankFor slot: Slot, of plan: Plan, brand: Brand, at time: Date) {
        self.init(
            id: "\(plan.id)-\(slot.id)", brand: plan.brand, slotID: slot.id, platform: slot.platform,
            contentType: slot.contentType, createdAt: time)
        planID = plan.id
        scheduledAt = slot.scheduledAt
        pillar = slot.pillar
        inputs = Post.Inputs(
            brand, brief: slot.brief, language: plan.brief.language, given: [plan.brief.eventList] + plan.brief.goals)
        mediaID = slot.mediaID
        inputs.picture = plan.pictures.first { $0.mediaID == slot.mediaID }
    }
}
