/// A place inside a JSON value, written as RFC 6901 has it: `/channels/0/platform`.
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    package private(set) var description: String

    /// The whole value.
    package static let root = JSONPointer(description: "")

    private init(description: String) { self.description = description }

    package func appending(_ key: String) -> JSONPointer {
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return JSONPointer(description: description + "/" + key)
        }
        let escaped = key.replacing("~", with: "~0").replacing("/", with: "~1")
        return JSONPointer(description: description + "/" + escaped)
    }

    package func appending(_ index: Int) -> JSONPointer {
        JSONPointer(description: "\(description)/\(index)")
    }
}
