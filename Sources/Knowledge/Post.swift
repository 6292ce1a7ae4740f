package import Foundation
package import JSON

/// A post for one platform, with the passages that its claims come from.
package struct Post: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Codable {
        case ready, needsReview, insufficientEvidence, failed
    }

    /// A claim of the text, tied to a passage.
    package struct Citation: Sendable, Hashable, Codable {
        /// The claim's place in the post's text.
        package var span: TextSpan
        /// The passage's words.
        package var quote: String
        package var chunkID: String
        package var documentID: String
        package var documentTitle: String
        /// Whether the quote stands word for word in the chunk, and the claim's figures in the passages it cites.
        package var verified: Bool

        package init(span: TextSpan, quote: String, chunkID: String, documentID: String, documentTitle: String, verified: Bool) {
            self.span = span
            self.quote = quote
            self.chunkID = chunkID
            self.documentID = documentID
            self.documentTitle = documentTitle
            self.verified = verified
        }
    }

    /// A rule and what became of it.
    package struct Check: Sendable, Hashable, Codable {
        package enum Status: String, Sendable, Codable { case pass, repaired, fail }

        package var rule: String
        package var status: Status
        package var detail: String

        package init(rule: String, status: Status, detail: String) {
            self.rule = rule
            self.status = status
            self.detail = detail
        }
    }

    /// How the post sounds, in numbers.
    package struct Voice: Sendable, Hashable, Codable {
        /// How often a text says I, we and you.
        package struct Persons: Sendable, Hashable, Codable {
            package var firstSingular = 0
            package var firstPlural = 0
            package var second = 0

            package init() {}
        }

        /// A text that is like the post's.
        package struct Neighbour: Sendable, Hashable, Codable {
            /// The post's id, or the chunk's that has a past post.
            package var id: String
            /// The part of the runs of three words that both have, 0 to 1.
            package var resemblance: Double

            package init(id: String, resemblance: Double) {
                self.id = id
                self.resemblance = resemblance
            }
        }

        /// Banned terms that it has, and required ones that it lacks.
        package var bannedTerms: [String] = []
        package var missingTerms: [String] = []
        package var emoji = 0
        package var hashtags = 0
        /// Nil in a language whose pronouns are not known.
        package var persons: Persons?
        /// Words in a sentence, on average and at most.
        package var sentenceLength = 0.0
        package var longestSentence = 0
        /// LIX.
        package var readingLevel = 0.0
        /// The cosine to the nearest of the brand's past posts; nil where there are none.
        package var similarity: Double?
        package var nearestPast: Neighbour?
        package var nearestInPlan: Neighbour?

        package init() {}
    }

    /// How the post came to be.
    package struct Provenance: Sendable, Hashable, Codable {
        /// Template name to the SHA-256 of its text.
        package var templates: [String: String] = [:]
        package var model = ""
        /// Ids of the chunks that the model was shown.
        package var retrieved: [String] = []
        package var usage = Usage()
        package var attempts = 0

        package init() {}
    }

    /// A passage as the model was shown it; it stays when the document changes.
    package struct Source: Sendable, Hashable, Codable {
        package var chunkID: String
        package var documentID: String
        package var documentTitle: String
        package var headingPath: [String]
        package var text: String
        /// What stands before and behind it in its section, where the prompt shows that too.
        package var around: String?

        package init(chunkID: String, documentID: String, documentTitle: String, headingPath: [String], text: String) {
            self.chunkID = chunkID
            self.documentID = documentID
            self.documentTitle = documentTitle
            self.headingPath = headingPath
            self.text = text
        }
    }

    /// What the post is written from: enough to render its prompts again, and to check a text that a person edits.
    package struct Inputs: Sendable, Hashable, Codable {
        package var brandName = ""
        package var identity = Brand.Identity()
        package var brief = ""
        package var language = "en"
        /// What the client says itself, such as its events: figures and names from there need no passage.
        package var given: [String] = []
        /// What shall be different, of a post that is written anew.
        package var instruction = ""
        /// The text that the instruction speaks of.
        package var previousText = ""
        /// The line before and after the passages in the prompt.
        package var fence = ""
        package var passages: [Source] = []
        /// The brand's picture that the post shows.
        package var picture: Picture?
        /// SHA-256 of the messages that asked for the post.
        package var promptHash = ""
        /// The model that was asked; `provenance.model` is the one that answered.
        package var model: String?

        package init() {}
    }

    package var id: String
    package var brand: BrandKey
    /// 1 at first, and one more with every edit and every time that it is written anew.
    package var revision: Int
    package var planID: String?
    package var slotID: String
    package var state: State
    package var platform: String
    package var contentType: String
    package var scheduledAt: Date?
    package var pillar: String
    package var text: String
    package var hashtags: [String]
    package var slides: [String]?
    package var script: String?
    package var altText: String
    package var callToAction: String
    package var mediaBrief: String
    package var mediaID: String?
    package var citations: [Citation]
    package var checks: [Check]
    /// Nil for a post without words.
    package var voice: Voice?
    package var payload: JSON
    package var inputs: Inputs
    package var provenance: Provenance
    package var createdAt: Date
    /// When a person last changed it; nil for what the model wrote.
    package var editedAt: Date?

    package init(id: String, brand: BrandKey, slotID: String, platform: String, contentType: String, createdAt: Date) {
        self.id = id
        self.brand = brand
        self.slotID = slotID
        self.platform = platform
        self.contentType = contentType
        self.createdAt = createdAt
        state = .ready
        pillar = ""
        text = ""
        hashtags = []
        altText = ""
        callToAction = ""
        mediaBrief = ""
        citations = []
        checks = []
        payload = [:]
        inputs = Inputs()
        provenance = Provenance()
        revision = 1
    }
}
