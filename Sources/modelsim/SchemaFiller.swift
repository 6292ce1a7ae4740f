import JSON

/// Makes a value that conforms to a schema out of the material of a prompt.
///
/// Elements are chosen before the strings around them are written, so that a text says what its citations quote.
struct SchemaFiller {
    var material: PromptMaterial
    var random: SeededRandom
    /// The tags of the array that is being filled.
    var tags: Set<String> = []
    /// The sentences that the answer has used.
    var said: Set<String> = []
    private var offsets: [Int: Int] = [:]
    private var dateNumber = 0

    init(messages: [ChatRequest.Message], seed: UInt64) {
        material = PromptMaterial(messages: messages, seed: seed)
        random = SeededRandom(seed: seed)
    }

    mutating func value(for schema: JSON) -> JSON {
        let shape = SchemaShape(schema) { material.place(of: $0) != nil }
        var scope = FillScope()
        return fill(shape, name: "", in: &scope)
    }

    private mutating func fill(_ shape: SchemaShape, name: String, in scope: inout FillScope) -> JSON {
        switch shape {
        case .object(let properties): .object(fillObject(properties, in: &scope))
        case .array(let item, let least, let most): .array(fillArray(item, least: least, most: most, name: name, in: &scope))
        case .string(let bounds): .string(string(named: name, bounds: bounds, in: &scope))
        case .choice(let values, let site, let cites): choose(among: values, site: site, citesElements: cites, in: &scope)
        case .constant(let value): value
        case .integer(let range): .integer(Int64(Int.random(in: range, using: &random)))
        case .number(let range): .number(number(in: range))
        case .boolean: .bool(!["insufficient", "missing", "needs", "unsupported"].contains { name.hasPrefix($0) })
        case .null: .null
        }
    }

    // MARK: Objects

    private mutating func fillObject(_ properties: [SchemaShape.Property], in scope: inout FillScope) -> JSONObject {
        var inner = FillScope(inherited: scope.evidence.isEmpty ? scope.inherited : scope.evidence, room: scope.room)
        let rooms = properties.compactMap { property -> Int? in
            guard case .string(let bounds) = property.shape, StringRole(propertyName: property.name) == .text else { return nil }
            return bounds.most
        }
        if let room = rooms.min() { inner.room = room }
        var values = [JSON](repeating: .null, count: properties.count)
        let order = properties.indices.sorted { (Self.turn(of: properties[$0]), $0) < (Self.turn(of: properties[$1]), $1) }
        for index in order {
            values[index] = fill(properties[index].shape, name: properties[index].name, in: &inner)
        }
        scope.evidence += inner.evidence
        return JSONObject(zip(properties, values).map { JSONObject.Member(key: $0.name, value: $1) })
    }

    /// Elements first, then what is quoted from them, then objects that cite, then all the rest.
    private static func turn(of property: SchemaShape.Property) -> Int {
        switch property.shape {
        case .choice(_, _, citesElements: true), .array(.choice(_, _, citesElements: true), _, _): 0
        case .string where StringRole(propertyName: property.name) == .quote: 1
        default: property.shape.citesElements ? 2 : 3
        }
    }

    // MARK: Arrays

    private mutating func fillArray(
        _ item: SchemaShape, least: Int, most: Int?, name: String, in scope: inout FillScope
    ) -> [JSON] {
        let count = itemCount(item, least: least, most: most)
        let room = scope.room
        defer { scope.room = room }
        if Self.isCitation(item), count > 1 { scope.room = room.map { ($0 - count + 1) / count } }
        tags = []
        return (0..<count).map { _ in fill(item, name: name, in: &scope) }
    }

    /// One citation is mostly enough; of other things there are up to five more than there must be.
    private mutating func itemCount(_ item: SchemaShape, least: Int, most: Int?) -> Int {
        let most = max(least, min(most ?? max(least, 3), least + 5))
        let start = min(max(least, 1), most)
        if Self.isCitation(item) { return min(most, start + (random.index(below: 4) == 0 ? 1 : 0)) }
        guard case .choice(let values, _, _) = item else { return start + random.index(below: most - start + 1) }
        return max(least, min(values.count, start + random.index(below: most - start + 1)))
    }

    /// An object that names an element but says nothing of its own.
    private static func isCitation(_ item: SchemaShape) -> Bool {
        guard case .object(let properties) = item, item.citesElements else { return false }
        return !properties.contains { property in
            guard case .string = property.shape else { return false }
            return StringRole(propertyName: property.name) != .quote
        }
    }

    // MARK: Scalars

    /// Goes round the values from a random start, so that neighbours differ.
    private mutating func choose(among values: [JSON], site: Int, citesElements: Bool, in scope: inout FillScope) -> JSON {
        let turn = offsets[site] ?? random.index(below: values.count)
        offsets[site] = turn + 1
        let value = values[turn % values.count]
        if citesElements, let place = value.stringValue.flatMap(material.place) {
            scope.evidence.append(FillScope.Evidence(place: place))
        }
        return value
    }

    private mutating func number(in range: ClosedRange<Double>) -> Double {
        let exact = range.lowerBound + (range.upperBound - range.lowerBound) * random.unit()
        let short = (exact * 100).rounded() / 100
        return range.contains(short) ? short : range.contains(exact) ? exact : range.lowerBound
    }

    /// Days and hours one after the other from a fixed start.
    mutating func moment(format: String) -> String {
        dateNumber += 1
        let day = "2026-01-\(Self.twoDigits(dateNumber % 28 + 1))"
        let time = "\(Self.twoDigits(8 + dateNumber * 3 % 12)):00:00Z"
        return format == "date" ? day : format == "time" ? time : "\(day)T\(time)"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
