package import Foundation
package import JSON

/// A brand: who speaks, to whom, and what for.
package struct Brand: Sendable, Hashable, Codable {
    /// How the brand sounds and what it stands for.
    package struct Identity: Sendable, Hashable, Codable {
        package var voice = ""
        package var tone = ""
        package var values: [String] = []
        package var audience = ""
        package var dos: [String] = []
        package var donts: [String] = []
        package var bannedTerms: [String] = []
        /// Terms that every post has to have.
        package var requiredTerms: [String] = []
        package var style = Style()
        package var languages: [String] = []

        package init() {}
    }

    /// What can be counted of how the brand writes; nil is no limit.
    package struct Style: Sendable, Hashable, Codable {
        package enum Person: String, Sendable, Codable, CaseIterable {
            /// I, we, and the brand by its name.
            case firstSingular, firstPlural, third
        }

        package var person: Person?
        /// In each post.
        package var maxEmoji: Int?
        package var maxHashtags: Int?
        package var maxSentenceWords: Int?
        /// LIX, of which a newspaper has about 40.
        package var maxReadingLevel: Int?

        package init() {}
    }

    package var key: BrandKey
    package var name: String
    package var identity: Identity
    package var goals: [String]
    package var metadata: JSON
    package var createdAt: Date
    package var updatedAt: Date

    package var id: String { key.brand }

    package init(
        key: BrandKey, name: String, identity: Identity, goals: [String], metadata: JSON, createdAt: Date, updatedAt: Date
    ) {
        self.key = key
        self.name = name
        self.identity = identity
        self.goals = goals
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
