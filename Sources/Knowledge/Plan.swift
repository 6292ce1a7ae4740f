package import Foundation

/// A brand's content for some days: what it stands on, when it appears, and the posts.
package struct Plan: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Codable {
        case queued, running, ready, partial, failed, cancelled
    }

    package enum FailurePolicy: String, Sendable, Codable, CaseIterable {
        /// The first failure ends all calls in flight.
        case cancel
        /// The others are finished and the failed ones named.
        case settle
    }

    /// A channel and the part of the posts that it gets.
    package struct Channel: Sendable, Hashable, Codable {
        package var platform: String
        package var contentTypes: [String]
        /// A fraction; the channels' fractions sum to 1.
        package var share: Double

        package init(platform: String, contentTypes: [String], share: Double) {
            self.platform = platform
            self.contentTypes = contentTypes
            self.share = share
        }
    }

    /// A date that matters.
    package struct Event: Sendable, Hashable, Codable {
        package var date: CalendarDay
        package var name: String

        package init(date: CalendarDay, name: String) {
            self.date = date
            self.name = name
        }
    }

    /// What was asked for.
    package struct Brief: Sendable, Hashable, Codable {
        package var start: CalendarDay
        package var days: Int
        /// An IANA time-zone name.
        package var timeZone: String
        package var posts: Int
        package var channels: [Channel]
        package var goals: [String]
        package var events: [Event]
        /// The brand's pictures that the posts shall show.
        package var mediaIDs: [String]
        package var language: String
        package var onFailure: FailurePolicy

        package init(
            start: CalendarDay, days: Int, timeZone: String, posts: Int, channels: [Channel], goals: [String],
            events: [Event], mediaIDs: [String] = [], language: String, onFailure: FailurePolicy
        ) {
            self.start = start
            self.days = days
            self.timeZone = timeZone
            self.posts = posts
            self.channels = channels
            self.goals = goals
            self.events = events
            self.mediaIDs = mediaIDs
            self.language = language
            self.onFailure = onFailure
        }
    }

    package var id: String
    package var brand: BrandKey
    package var state: State
    package var brief: Brief
    /// What the brand's pictures show.
    package var pictures: [Picture]
    package var pillars: [Pillar]
    package var slots: [Slot]
    package var usage: Usage
    package var operationID: String
    package var createdAt: Date
    package var updatedAt: Date

    package init(id: String, brand: BrandKey, brief: Brief, operationID: String, createdAt: Date) {
        self.id = id
        self.brand = brand
        state = .queued
        self.brief = brief
        pictures = []
        pillars = []
        slots = []
        usage = Usage()
        self.operationID = operationID
        self.createdAt = createdAt
        updatedAt = createdAt
    }
}

/// A picture in a model's words.
package struct Picture: Sendable, Hashable, Codable {
    package var mediaID: String
    package var description: String
    package var altText: String

    package init(mediaID: String, description: String, altText: String) {
        self.mediaID = mediaID
        self.description = description
        self.altText = altText
    }
}

/// A theme that the brand's evidence carries.
package struct Pillar: Sendable, Hashable, Codable {
    package var name: String
    package var rationale: String
    /// The part of the posts that it gets, a fraction.
    package var share: Double
    /// Ids of the chunks that it stands on.
    package var evidence: [String]

    package init(name: String, rationale: String, share: Double, evidence: [String]) {
        self.name = name
        self.rationale = rationale
        self.share = share
        self.evidence = evidence
    }
}

/// One place in the plan for one post.
package struct Slot: Sendable, Hashable, Codable {
    package var id: String
    package var platform: String
    package var contentType: String
    package var scheduledAt: Date
    package var pillar: String
    /// What the post shall be about.
    package var brief: String
    /// The brand's picture that the post shows; nil for none of them.
    package var mediaID: String?

    package init(id: String, platform: String, contentType: String, scheduledAt: Date, pillar: String = "", brief: String = "") {
        self.id = id
        self.platform = platform
        self.contentType = contentType
        self.scheduledAt = scheduledAt
        self.pillar = pillar
        self.brief = brief
    }
}
