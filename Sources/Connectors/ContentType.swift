package import JSON

/// A form that a platform's posts can take, with its limits.
package struct ContentType: Sendable, Hashable {
    package var id: String
    /// In the platform's own measure; hashtags that are part of the text count.
    package var textLimit: Int
    package var hashtagLimit: Int
    /// Nil where the platform names none.
    package var mentionLimit: Int?
    package var slides: Slides?
    /// The longest script of a video, in characters; nil where there is none.
    package var scriptLimit: Int?
    /// Width and height of its picture in pixels, as image models are asked for it.
    package var pictureSize: String
    /// All figures, as the capabilities tell them.
    package var limits: JSON

    package struct Slides: Sendable, Hashable {
        package var count: ClosedRange<Int>
        package var textLimit: Int
    }
}

/// A platform's rules as dated and sourced data: one JSON file a platform in `Rules`.
package struct PlatformRules: Sendable, Hashable {
    package var platform: String
    package var name: String
    package var asOf: String
    package var source: String
    package var contentTypes: [ContentType]
    /// The whole file, for figures that one platform alone has.
    package var data: JSON

    /// Why a rules file cannot be used.
    package struct Defect: Error, Sendable, Hashable {
        package var detail: String
    }

    /// - Throws: `Defect` naming the member that is missing or wrong.
    package init(parsing bytes: [UInt8]) throws(Defect) {
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch { throw Defect(detail: error.description) }
        func text(_ key: String) throws(Defect) -> String {
            guard let value = json[key]?.stringValue else { throw Defect(detail: "\(key) is missing") }
            return value
        }
        platform = try text("platform")
        name = try text("name")
        asOf = try text("asOf")
        source = try text("source")
        contentTypes = []
        data = json
        for entry in json["contentTypes"]?.arrayValue ?? [] { contentTypes.append(try ContentType(entry)) }
        guard !contentTypes.isEmpty else { throw Defect(detail: "contentTypes is empty") }
    }
}

extension ContentType {
    fileprivate init(_ json: JSON) throws(PlatformRules.Defect) {
        guard let id = json["id"]?.stringValue, let text = json["text"]?.integerValue else {
            throw PlatformRules.Defect(detail: "a content type needs id and text")
        }
        self.id = id
        textLimit = text
        hashtagLimit = json["hashtags"]?.integerValue ?? 0
        mentionLimit = json["mentions"]?.integerValue
        scriptLimit = json["script"]?.integerValue
        pictureSize = json["pictureSize"]?.stringValue ?? "1024x1024"
        if let slides = json["slides"] {
            guard let minimum = slides["minimum"]?.integerValue, let maximum = slides["maximum"]?.integerValue,
                minimum <= maximum, let text = slides["text"]?.integerValue
            else { throw PlatformRules.Defect(detail: "\(id).slides needs minimum, maximum and text") }
            self.slides = Slides(count: minimum...maximum, textLimit: text)
        }
        var limits = json.objectValue ?? [:]
        limits["id"] = nil
        self.limits = .object(limits)
    }
}
