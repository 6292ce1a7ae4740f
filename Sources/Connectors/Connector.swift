// Connectors: what each social platform takes. A platform is one file that implements `Connector` and one
// entry in the registry; the pipeline knows none of them by name.

package import JSON
package import Knowledge

/// A social platform.
package protocol Connector: Sendable {
    var rules: PlatformRules { get }
    /// What a writer should know of the platform, in the prompt's words.
    var guidance: String { get }
    /// The length of a text as the platform counts it.
    func length(of text: String) -> Int
    /// Of the post's text with its hashtags, as it is sent.
    func publishedLength(of post: Post) -> Int
    /// What breaks rules that this platform alone has, each with a rule's name.
    func ownViolations(of post: Post, as type: ContentType) -> [(rule: String, detail: String)]
    /// The post in the form of the platform's own publishing API.
    func payload(for post: Post, caption: String) -> JSON
}

extension Connector {
    package var id: String { rules.platform }

    package func ownViolations(of post: Post, as type: ContentType) -> [(rule: String, detail: String)] { [] }

    package func contentType(_ id: String) -> ContentType? { rules.contentTypes.first { $0.id == id } }

    package func publishedLength(of post: Post) -> Int { length(of: caption(text: post.text, hashtags: post.hashtags)) }

    /// The text as published: hashtags follow it after an empty line.
    package func caption(text: String, hashtags: [String]) -> String {
        hashtags.isEmpty ? text : text + "\n\n" + hashtags.map { "#" + $0 }.joined(separator: " ")
    }

    /// What breaks the platform's rules, each with a rule's name.
    package func violations(of post: Post, as type: ContentType) -> [(rule: String, detail: String)] {
        var found: [(String, String)] = []
        let length = publishedLength(of: post)
        if length > type.textLimit {
            found.append(("length", "the text with its hashtags has \(length) characters, more than \(type.textLimit)"))
        }
        if post.hashtags.count > type.hashtagLimit {
            found.append(("hashtags", "\(post.hashtags.count) hashtags, more than \(type.hashtagLimit)"))
        }
        if let slides = type.slides {
            let count = post.slides?.count ?? 0
            if !slides.count.contains(count) {
                found.append(("slides", "\(count) slides, not \(slides.count.lowerBound) to \(slides.count.upperBound)"))
            }
            for (index, slide) in (post.slides ?? []).enumerated() where self.length(of: slide) > slides.textLimit {
                found.append(("slides", "slide \(index + 1) has \(self.length(of: slide)) characters, more than \(slides.textLimit)"))
            }
        }
        if let limit = type.scriptLimit, let script = post.script, script.count > limit {
            found.append(("script", "the script has \(script.count) characters, more than \(limit)"))
        }
        if let limit = type.mentionLimit {
            let count = post.text.matches(of: /(?:^|[^\w@])@\w/).count
            if count > limit { found.append(("mentions", "\(count) mentions, more than \(limit)")) }
        }
        return found + ownViolations(of: post, as: type)
    }
}

/// The platforms of this deployment, by id.
package struct ConnectorRegistry: Sendable {
    private let connectors: [any Connector]

    package init(_ connectors: [any Connector]) { self.connectors = connectors }

    /// All platforms that come with the service.
    ///
    /// - Throws: `PlatformRules.Defect` when a rules file is broken.
    package static func standard() throws -> ConnectorRegistry {
        ConnectorRegistry([try Instagram(), try LinkedIn(), try X(), try Facebook(), try TikTok(), try Threads()])
    }

    package var all: [any Connector] { connectors }
    package var ids: [String] { connectors.map(\.id) }

    package subscript(id: String) -> (any Connector)? { connectors.first { $0.id == id } }
}
