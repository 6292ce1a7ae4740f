package import GraphQL
import JSON
package import Knowledge

extension Plan: ObjectOutput {
    package static let typeName = "Plan"
    package static var objectType: ObjectDefinition<Plan> {
        ObjectDefinition(
            "A brand's content for some days.",
            Field("id", \.nodeID), Field("state", \.state), Field("start", \.brief.start), Field("days", \.brief.days),
            Field("timeZone", "An IANA name.", \.brief.timeZone), Field("language", \.brief.language),
            Field("onFailure", \.brief.onFailure),
            Field("channels", \.brief.channels), Field("goals", \.brief.goals), Field("events", \.brief.events),
            Field("pillars", \.pillars), Field("slots", \.slots, size: .fixed(100)), Field("usage", \.usage),
            Field("posts", "In the order of their times.", size: .fixed(100)) { plan, context in
                try await context.graphQL.dependencies.posts.posts(plan: plan.id, workspace: plan.brand.workspace)
            },
            Field("operation", "The work that makes it.") { plan, context in try await context.graphQL.operation(ID(plan.operationID)) },
            .batch("brand") { plans, context in try await context.graphQL.brands(plans.map(\.brand)) },
            Field("createdAt", \.createdAt), Field("updatedAt", \.updatedAt))
    }

    var nodeID: ID { ID(id) }
}

extension Plan.Channel: ObjectOutput {
    package static let typeName = "Channel"
    package static var objectType: ObjectDefinition<Plan.Channel> {
        ObjectDefinition(
            "A platform and the part of the posts that it gets.",
            Field("platform", \.platform), Field("contentTypes", \.contentTypes), Field("share", \.share))
    }
}

extension Plan.Event: ObjectOutput {
    package static let typeName = "Event"
    package static var objectType: ObjectDefinition<Plan.Event> {
        ObjectDefinition("A date that matters.", Field("date", \.date), Field("name", \.name))
    }
}

extension Pillar: ObjectOutput {
    package static let typeName = "Pillar"
    package static var objectType: ObjectDefinition<Pillar> {
        ObjectDefinition(
            "A theme that the brand's evidence carries.",
            Field("name", \.name), Field("rationale", \.rationale), Field("share", \.share),
            Field("evidence", "Ids of the chunks that it stands on.", \.chunkIDs))
    }

    var chunkIDs: [ID] { evidence.map { ID($0) } }
}

extension Slot: ObjectOutput {
    package static let typeName = "Slot"
    package static var objectType: ObjectDefinition<Slot> {
        ObjectDefinition(
            "A place in a plan for one post.",
            Field("id", \.nodeID), Field("platform", \.platform), Field("contentType", \.contentType), Field("scheduledAt", \.scheduledAt),
            Field("pillar", \.pillar), Field("brief", \.brief), Field("mediaId", \.pictureID))
    }

    var nodeID: ID { ID(id) }
    var pictureID: ID? { mediaID.map { ID($0) } }
}
