/// What other systems want to be passed on with a trace.
///
/// Source: W3C Trace Context, section 3.3 (`tracestate`).
enum TraceState {
    private static let maximumMembers = 32
    /// Of a key, and of a value.
    private static let maximumLength = 256

    /// The members, one comma between them; nil when one is ill-formed or comes twice, or when there are too many: then none is passed on.
    static func normalized(_ header: String) -> String? {
        var keys: Set<Substring> = []
        var members: [Substring] = []
        for part in header.split(separator: ",") {
            let member = trimmed(part)
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: "="), isKey(member[..<equals]), isValue(member[member.index(after: equals)...]),
                keys.insert(member[..<equals]).inserted, keys.count <= maximumMembers
            else { return nil }
            members.append(member)
        }
        return members.isEmpty ? nil : members.joined(separator: ",")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = text.firstIndex(where: { !isBlank($0) }), let last = text.lastIndex(where: { !isBlank($0) }) else { return "" }
        return text[first...last]
    }

    /// A system's name, or a tenant's at a system's.
    private static func isKey(_ text: Substring) -> Bool {
        guard 1...maximumLength ~= text.utf8.count, let first = text.utf8.first, isLetterOrDigit(first) else { return false }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { isLetterOrDigit($0) || "_-*/".utf8.contains($0) }
            }
    }

    private static func isValue(_ text: Substring) -> Bool {
        1...maximumLength ~= text.utf8.count && text.utf8.allSatisfy { 0x20...0x7E ~= $0 && $0 != UInt8(ascii: "=") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
