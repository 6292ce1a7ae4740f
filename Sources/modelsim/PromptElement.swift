/// A part of a prompt that is marked up as `<name … id="ID" …>text</name>`.
struct PromptElement: Hashable {
    var name: String
    var id: String
    var text: ArraySlice<UInt8>

    var isPassage: Bool { name.hasPrefix("passage") }

    /// All such elements of a text, in their order; what stands inside a passage is text and nothing else.
    static func elements(in bytes: [UInt8]) -> [PromptElement] {
        var scanner = ElementScanner(bytes: bytes)
        var found: [PromptElement] = []
        while let element = scanner.next() { found.append(element) }
        return found
    }
}

/// Walks from opening tag to opening tag.
private struct ElementScanner {
    let bytes: [UInt8]
    var position = 0

    mutating func next() -> PromptElement? {
        while let start = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            position = start + 1
            guard let (name, id) = openingTag() else { continue }
            guard let end = closingTag(of: name) else { continue }
            let element = PromptElement(name: name, id: id, text: bytes[position..<end])
            if element.isPassage { position = end }
            return element
        }
        return nil
    }

    /// Reads past `name attribute="value" …>`; without a whole tag that has an `id` the position stays.
    private mutating func openingTag() -> (name: String, id: String)? {
        let start = position
        let name = word()
        var id: String?
        while !name.isEmpty, position < bytes.count {
            let isSpaced = skipSpaces()
            if bytes[safe: position] == UInt8(ascii: ">") {
                guard let id else { break }
                position += 1
                return (name, id)
            }
            let attribute = word()
            guard isSpaced, !attribute.isEmpty else { break }
            guard bytes[safe: position] == UInt8(ascii: "=") else { continue }
            guard let value = quotedValue() else { break }
            if attribute == "id" { id = value }
        }
        position = start
        return nil
    }

    private mutating func word() -> String {
        let rest = bytes[position...]
        let word = rest.prefix { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
            default: false
            }
        }
        position = word.endIndex
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func skipSpaces() -> Bool {
        let start = position
        while bytes[safe: position] == 0x20 { position += 1 }
        return position > start
    }

    private mutating func quotedValue() -> String? {
        guard bytes[safe: position + 1] == UInt8(ascii: "\"") else { return nil }
        let start = position + 2
        guard let end = bytes[start...].firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == 0x0A }),
            bytes[end] == UInt8(ascii: "\"")
        else { return nil }
        position = end + 1
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private func closingTag(of name: String) -> Int? {
        let tag = Array("</\(name)>".utf8)
        var start = position
        while let candidate = bytes[start...].firstIndex(of: UInt8(ascii: "<")) {
            if bytes[candidate...].starts(with: tag) { return candidate }
            start = candidate + 1
        }
        return nil
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
