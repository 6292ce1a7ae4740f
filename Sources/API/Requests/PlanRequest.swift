package import Connectors
import Foundation
package import JSON
package import Knowledge

/// Reads what a plan shall be.
package struct PlanRequest {
    static let days = 1...31
    static let posts = 1...100
    static let pictures = 0...20
    /// Of days: what they make are times that RFC 3339 can write.
    private static let years = 1970...9998

    let connectors: ConnectorRegistry
    let faults: Faults

    /// - Throws: `Problem` with everything that is wrong.
    package static func brief(
        _ value: JSON, brand: Brand, connectors: ConnectorRegistry, clock: any WallClock
    ) throws -> Plan.Brief {
        let reader = PlanRequest(connectors: connectors, faults: Faults())
        let brief = reader.read(value, brand: brand, clock: clock)
        try reader.faults.check()
        return brief
    }

    private func read(_ value: JSON, brand: Brand, clock: any WallClock) -> Plan.Brief {
        let known = ["period", "timeZone", "posts", "channels", "goals", "events", "mediaIds", "language", "onFailure", "dryRun"]
        let fields = Fields(value, known: known, faults: faults)
        let zone = timeZone(fields)
        _ = fields.flag("dryRun")
        let (start, days) = period(fields, zone: zone.rules, clock: clock)
        let posts = fields.integer("posts", in: Self.posts, isRequired: true) ?? 1
        return Plan.Brief(
            start: start, days: days, timeZone: zone.name, posts: posts, channels: channels(fields),
            goals: fields.texts("goals", countLimit: 20, limit: 500), events: events(fields), mediaIDs: mediaIDs(fields, posts: posts),
            language: fields.language() ?? brand.identity.languages.first ?? "en",
            onFailure: fields.choice("onFailure", of: Plan.FailurePolicy.self) ?? .cancel)
    }

    private func mediaIDs(_ fields: Fields, posts: Int) -> [String] {
        let ids = fields.texts("mediaIds", countLimit: Self.pictures.upperBound, limit: 128)
        let pointer = JSONPointer.root.appending("mediaIds")
        for (index, id) in ids.enumerated() where ids[..<index].contains(id) { faults.add(pointer.appending(index), "is named twice") }
        if ids.count > posts { faults.add(pointer, "has \(ids.count) pictures for \(posts) posts; each is shown in one") }
        return ids
    }

    /// Under the name that it was sent with: many zones have several.
    private func timeZone(_ fields: Fields) -> (name: String, rules: TimeZone) {
        let fallback = ("GMT", TimeZone.gmt)
        guard let name = fields.text("timeZone", limit: 64) else { return fallback }
        if Self.mayBeName(name), let rules = TimeZone(identifier: name) { return (name, rules) }
        faults.add(JSONPointer.root.appending("timeZone"), "\"\(name)\" is not an IANA time zone such as Europe/Oslo")
        return fallback
    }

    /// Foundation also knows offsets such as GMT+5, and abbreviations that no list of the IANA has.
    private static func mayBeName(_ text: String) -> Bool {
        if text.contains("/") || ["GMT", "UTC"].contains(text) { return true }
        return !text.hasPrefix("GMT") && !text.hasPrefix("UTC") && !abbreviations.contains(text)
            && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
    }

    private static let abbreviations: Set = [
        "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT", "IET", "IST", "JST", "MIT", "NET",
        "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST",
    ]

    private func period(_ fields: Fields, zone: TimeZone, clock: any WallClock) -> (CalendarDay, Int) {
        let today = CalendarDay(clock.now, in: zone)
        guard fields.has("period"), let value = fields.object["period"] else { return (today, 7) }
        let pointer = JSONPointer.root.appending("period")
        let period = Fields(value, at: pointer, known: ["start", "days"], faults: faults)
        var start = today
        if let text = period.text("start") {
            if let day = CalendarDay(text), Self.years.contains(day.year) {
                start = day
            } else {
                faults.add(pointer.appending("start"), "must be a day such as 2026-11-23, from 1970 to 9998")
            }
        }
        return (start, period.integer("days", in: Self.days) ?? 7)
    }

    private func channels(_ fields: Fields) -> [Plan.Channel] {
        let pointer = JSONPointer.root.appending("channels")
        let elements = fields.elements("channels", countLimit: 20)
        guard !elements.isEmpty else {
            if !fields.has("channels") {
                return connectors.all.map {
                    Plan.Channel(platform: $0.id, contentTypes: $0.rules.contentTypes.map(\.id), share: 1 / Double(connectors.all.count))
                }
            }
            faults.add(pointer, "must name at least one channel")
            return []
        }
        var shares: [Double?] = []
        var channels: [Plan.Channel] = []
        for (value, place) in elements {
            let channel = Fields(value, at: place, known: ["platform", "contentTypes", "share"], faults: faults)
            shares.append(channel.number("share", in: 0...1))
            guard let connector = connector(channel) else { continue }
            if channels.contains(where: { $0.platform == connector.id }) { faults.add(place.appending("platform"), "is named twice") }
            channels.append(
                Plan.Channel(platform: connector.id, contentTypes: contentTypes(channel, connector), share: 1 / Double(elements.count)))
        }
        let given = shares.compactMap { $0 }
        if !given.isEmpty, given.count != shares.count { faults.add(pointer, "all or none of the channels give a share") }
        if given.count == channels.count, !given.isEmpty {
            if abs(given.reduce(0, +) - 1) > 0.001 { faults.add(pointer, "the shares must sum to 1, not \(given.reduce(0, +))") }
            for index in channels.indices { channels[index].share = given[index] }
        }
        return channels
    }

    private func connector(_ fields: Fields) -> (any Connector)? {
        guard let id = fields.text("platform", isRequired: true, limit: 64) else { return nil }
        if let connector = connectors[id] { return connector }
        faults.add(
            fields.pointer.appending("platform"), "\"\(id)\" is not a known platform; known are \(connectors.ids.joined(separator: ", "))")
        return nil
    }

    private func contentTypes(_ fields: Fields, _ connector: any Connector) -> [String] {
        let all = connector.rules.contentTypes.map(\.id)
        let given = fields.texts("contentTypes", countLimit: 20, limit: 64)
        for (index, type) in given.enumerated() where !all.contains(type) {
            faults.add(
                fields.pointer.appending("contentTypes").appending(index),
                "\"\(type)\" is not a content type of \(connector.id); known are \(all.joined(separator: ", "))")
        }
        return given.isEmpty ? all : given
    }

    private func events(_ fields: Fields) -> [Plan.Event] {
        fields.elements("events", countLimit: 50).compactMap { value, place in
            let event = Fields(value, at: place, known: ["date", "name"], faults: faults)
            guard let date = event.text("date", isRequired: true), let name = event.text("name", isRequired: true, limit: 200) else {
                return nil
            }
            guard let day = CalendarDay(date), Self.years.contains(day.year) else {
                faults.add(place.appending("date"), "must be a day such as 2026-11-23, from 1970 to 9998")
                return nil
            }
            return Plan.Event(date: day, name: name)
        }
    }
}
