import JSON
import Knowledge

/// Collects what is wrong with a request, so that a client learns of everything at once.
final class Faults {
    private(set) var list: [Problem.Fault] = []

    func add(_ pointer: JSONPointer, _ detail: String) {
        if list.count < 50 { list.append(Problem.Fault(pointer: pointer, detail: detail)) }
    }

    /// - Throws: `Problem` with all faults, if there are any.
    func check() throws(Problem) {
        guard let first = list.first else { return }
        var problem = Problem(
            .invalidRequest, list.count == 1 ? first.sentence : "\(list.count) values are not valid")
        problem.faults = list
        throw problem
    }
}

/// The members of a JSON object in a request; what does not fit becomes a fault with its pointer.
struct Fields {
    let object: JSONObject
    let pointer: JSONPointer
    let faults: Faults

    /// - Parameter known: the members that the object may have; any other one is a fault.
    init(_ value: JSON, at pointer: JSONPointer = .root, known: [String], faults: Faults) {
        self.pointer = pointer
        self.faults = faults
        object = value.objectValue ?? [:]
        guard value.objectValue != nil else {
            faults.add(pointer, "must be an object, not \(value.typeName)")
            return
        }
        for key in object.keys where !known.contains(key) {
            faults.add(pointer.appending(key), "is not a known member; known are \(known.joined(separator: ", "))")
        }
    }

    func has(_ key: String) -> Bool { object[key].map { $0 != .null } ?? false }

    func text(_ key: String, isRequired: Bool = false, limit: Int = 2_000) -> String? {
        guard let value = present(key, isRequired) else { return nil }
        return Self.text(value, at: pointer.appending(key), isRequired: isRequired, limit: limit, faults)
    }

    /// The member `language`: a BCP 47 tag such as `en` or `pt-BR`, or a language's name in English. It stands in prompts.
    func language() -> String? {
        guard let text = text("language", limit: 35) else { return nil }
        let isPlain = text.utf8.allSatisfy { $0.isLetter || (48...57).contains($0) || " _-".utf8.contains($0) }
        guard isPlain, text.utf8.first?.isLetter == true else {
            faults.add(pointer.appending("language"), "must be a language such as en or pt-BR")
            return nil
        }
        return text
    }

    func texts(_ key: String, countLimit: Int = 100, limit: Int = 2_000) -> [String] {
        elements(key, countLimit: countLimit).compactMap { element, pointer in
            Self.text(element, at: pointer, isRequired: true, limit: limit, faults)
        }
    }

    func integer(_ key: String, in range: ClosedRange<Int>, isRequired: Bool = false) -> Int? {
        guard let value = present(key, isRequired) else { return nil }
        guard let number = value.integerValue else {
            faults.add(pointer.appending(key), "must be an integer, not \(value.typeName)")
            return nil
        }
        guard range.contains(number) else {
            faults.add(pointer.appending(key), "must be between \(range.lowerBound) and \(range.upperBound), not \(number)")
            return nil
        }
        return number
    }

    func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = present(key, false) else { return nil }
        guard let number = value.doubleValue else {
            faults.add(pointer.appending(key), "must be a number, not \(value.typeName)")
            return nil
        }
        guard range.contains(number) else {
            faults.add(pointer.appending(key), "must be between \(range.lowerBound) and \(range.upperBound), not \(number)")
            return nil
        }
        return number
    }

    func flag(_ key: String) -> Bool? {
        guard let value = present(key, false) else { return nil }
        guard let flag = value.boolValue else {
            faults.add(pointer.appending(key), "must be a boolean, not \(value.typeName)")
            return nil
        }
        return flag
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, of type: Choice.Type, isRequired: Bool = false) -> Choice?
    where Choice.RawValue == String {
        guard let value = text(key, isRequired: isRequired) else { return nil }
        if let choice = Choice(rawValue: value) { return choice }
        faults.add(
            pointer.appending(key), "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")), not \"\(value.prefix(64))\""
        )
        return nil
    }

    /// An object of any JSON; `{}` when it is left out.
    func metadata(_ key: String = "metadata") -> JSON {
        guard let value = present(key, false) else { return [:] }
        guard value.objectValue != nil else {
            faults.add(pointer.appending(key), "must be an object, not \(value.typeName)")
            return [:]
        }
        let bytes = value.text.utf8.count
        guard bytes <= RequestLimits.metadataBytes else {
            faults.add(pointer.appending(key), "has \(bytes) bytes as JSON, more than \(RequestLimits.metadataBytes)")
            return [:]
        }
        return value
    }

    func elements(_ key: String, countLimit: Int) -> [(JSON, JSONPointer)] {
        guard let value = present(key, false) else { return [] }
        let place = pointer.appending(key)
        guard let elements = value.arrayValue else {
            faults.add(place, "must be an array, not \(value.typeName)")
            return []
        }
        guard elements.count <= countLimit else {
            faults.add(place, "has \(elements.count) elements, more than \(countLimit)")
            return []
        }
        return elements.enumerated().map { ($0.element, place.appending($0.offset)) }
    }

    private func present(_ key: String, _ isRequired: Bool) -> JSON? {
        guard let value = object[key], value != .null else {
            if isRequired { faults.add(pointer.appending(key), "is missing") }
            return nil
        }
        return value
    }

    private static func text(_ value: JSON, at pointer: JSONPointer, isRequired: Bool, limit: Int, _ faults: Faults) -> String? {
        guard let text = value.stringValue else {
            faults.add(pointer, "must be a string, not \(value.typeName)")
            return nil
        }
        if isRequired, text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            faults.add(pointer, "must not be empty")
            return nil
        }
        guard text.unicodeScalars.count <= limit else {
            faults.add(pointer, "has \(text.unicodeScalars.count) characters, more than \(limit)")
            return nil
        }
        return text
    }
}

extension UInt8 {
    /// Of ASCII.
    fileprivate var isLetter: Bool { (65...90).contains(self) || (97...122).contains(self) }
}
