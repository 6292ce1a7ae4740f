/// Why bytes are not a BSON document, or a value cannot become one.
package enum BSONError: Error, Hashable, CustomStringConvertible {
    /// A length, a terminator or a count does not fit the bytes.
    case malformed(String, offset: Int)
    case invalidUTF8(offset: Int)
    case unknownType(UInt8, offset: Int)
    case tooDeep(limit: Int)
    case tooLarge(bytes: Int, limit: Int)
    /// A key or a regular expression holds a NUL, which the format uses as terminator.
    case nulInCString(String)
    case invalidVector(String)

    package var description: String {
        switch self {
        case .malformed(let what, let offset): "malformed BSON: \(what) at byte \(offset)"
        case .invalidUTF8(let offset): "malformed BSON: invalid UTF-8 at byte \(offset)"
        case .unknownType(let type, let offset): "malformed BSON: unknown type \(type) at byte \(offset)"
        case .tooDeep(let limit): "BSON nested deeper than \(limit) levels"
        case .tooLarge(let bytes, let limit): "BSON document of \(bytes) bytes, more than \(limit)"
        case .nulInCString: "a BSON key or pattern holds a NUL character"
        case .invalidVector(let what): "invalid BSON vector: \(what)"
        }
    }
}

/// The bounds within which documents are read and written.
package struct BSONLimits: Sendable {
    /// MongoDB's own bound on nesting is 100; the server adds levels of its own, hence a little more.
    package var depth = 200
    /// 16 MiB for a stored document, and room for the envelope of a reply that carries one.
    package var bytes = 48 * 1024 * 1024

    package init() {}

    /// What a stored document must keep to.
    package static let storedDocument: BSONLimits = {
        var limits = BSONLimits()
        limits.depth = 100
        limits.bytes = 16 * 1024 * 1024
        return limits
    }()
}
