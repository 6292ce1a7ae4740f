/// A BSON document in memory: elements in order.
///
/// Duplicate keys, which the format allows, are kept when a document is read; look-up finds the first.
package struct BSONDocument: Sendable, Hashable {
    package struct Element: Sendable, Hashable {
        package var key: String
        package var value: BSONValue

        package init(key: String, value: BSONValue) {
            self.key = key
            self.value = value
        }
    }

    package var elements: [Element]

    package init() { elements = [] }

    package init(_ pairs: [(String, BSONValue)]) {
        elements = pairs.map { Element(key: $0, value: $1) }
    }

    package var isEmpty: Bool { elements.isEmpty }
    package var keys: [String] { elements.map(\.key) }

    /// Setting nil removes the element; setting a new key appends it.
    package subscript(key: String) -> BSONValue? {
        get { elements.first { $0.key == key }?.value }
        set {
            let index = elements.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): elements[index].value = value
            case (let index?, nil): elements.remove(at: index)
            case (nil, let value?): elements.append(Element(key: key, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension BSONDocument: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, BSONValue)...) { self.init(elements) }
}
