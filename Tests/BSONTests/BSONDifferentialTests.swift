import BSON
import Foundation
import JSON
import LocalParts
import Testing

@Suite struct `BSON beside pymongo` {
    private static let documents: [BSONDocument] = {
        var generator = BSONGenerator(seed: 20_261_123)
        return (0..<400).map { _ in generator.document() }
    }()

    private func framed(_ documents: [BSONDocument]) throws -> Data {
        Data(try documents.flatMap { try $0.bytes() })
    }

    private static let decodeAndEncode = """
        import sys, bson
        from bson.codec_options import CodecOptions, DatetimeConversion
        options = CodecOptions(document_class=bson.son.SON, tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_MS)
        data, place = sys.stdin.buffer.read(), 0
        while place < len(data):
            size = int.from_bytes(data[place:place + 4], 'little')
            sys.stdout.buffer.write(bson.encode(bson.decode(data[place:place + size], options), codec_options=options))
            place += size
        """

    @Test func `what is written here is read and written alike there`() async throws {
        let bytes = try framed(Self.documents)
        let again = try await LocalParts.runPython(Self.decodeAndEncode, input: bytes)
        #expect(again == bytes)
    }

    private static let generate = """
        import sys, random, bson, datetime
        from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
        r = random.Random(7)
        def text(): return ''.join(r.choice('aé漢😀 \\"') for _ in range(r.randrange(12)))
        def value(depth):
            return r.choice([
                lambda: r.uniform(-1e9, 1e9), text, lambda: {}, lambda: Binary(r.randbytes(r.randrange(30)), r.choice([0, 2, 4, 128]) if False else 0),
                lambda: ObjectId(r.randbytes(12)), lambda: r.random() < .5, lambda: None, lambda: Regex('a.b', 'im'), lambda: Code(text()),
                lambda: r.randrange(-2**31, 2**31), lambda: Int64(r.randrange(-2**63, 2**63)), lambda: Timestamp(r.randrange(2**32), r.randrange(2**32)),
                lambda: Decimal128(str(r.randrange(10**20)) + 'E' + str(r.randrange(-50, 50))), MinKey, MaxKey,
                lambda: datetime.datetime(r.randrange(1, 9999), 1, 2, 3, 4, 5, 678000), lambda: Binary.from_vector([1.5, -2.0], bson.binary.BinaryVectorDtype.FLOAT32),
                lambda: document(depth + 1) if depth < 4 else 1, lambda: [value(depth + 1) for _ in range(r.randrange(4))] if depth < 4 else 2,
                lambda: Code('x', document(depth + 1)) if depth < 4 else 3,
            ])()
        def document(depth=0): return {f'k{i}' + text(): value(depth) for i in range(r.randrange(8))}
        for _ in range(400): sys.stdout.buffer.write(bson.encode(document()))
        """

    private func split(_ data: Data) -> [[UInt8]] {
        var rest = Array(data)[...]
        var documents: [[UInt8]] = []
        while rest.count >= 4 {
            let size = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            documents.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return documents
    }

    @Test func `what is written there is read and written alike here`() async throws {
        let generated = try await LocalParts.runPython(Self.generate)
        let documents = split(generated)
        #expect(documents.count == 400)
        for bytes in documents { #expect(try BSONDocument(bytes: bytes).bytes() == bytes) }
    }

    private static let extend = """
        import sys, json, bson
        from bson import json_util
        from bson.codec_options import CodecOptions, DatetimeConversion
        options = CodecOptions(document_class=bson.son.SON, tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
        data, place = sys.stdin.buffer.read(), 0
        while place < len(data):
            size = int.from_bytes(data[place:place + 4], 'little')
            print(json_util.dumps(bson.decode(data[place:place + size], options), json_options=json_util.RELAXED_JSON_OPTIONS))
            place += size
        """

    @Test func `relaxed extended JSON says the same`() async throws {
        let bytes = try await LocalParts.runPython(Self.extend, input: try framed(Self.documents))
        let output = String(decoding: bytes, as: UTF8.self)
        let lines = output.split(separator: "\n")
        #expect(lines.count == Self.documents.count)
        for (line, document) in zip(lines, Self.documents) {
            #expect(try JSON(parsing: String(line)) == JSON(parsing: document.relaxedExtendedJSON.text))
        }
    }
}

@Suite struct `Hostile BSON` {
    private static let sample: [UInt8] = {
        var generator = BSONGenerator(seed: 5)
        let documents = (0..<12).map { _ in BSONValue.document(generator.document()) }
        return (try? BSONDocument([("all", .array(documents))]).bytes()) ?? []
    }()

    @Test func `every truncation is an error`() {
        for end in stride(from: 0, to: Self.sample.count, by: 3) {
            #expect(throws: BSONError.self) { try BSONDocument(bytes: Array(Self.sample[..<end])) }
        }
    }

    @Test func `changed bytes give a value or an error, never a crash`() {
        var random = SeededGenerator(state: 99)
        for place in Self.sample.indices {
            for byte in [0, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &random)] {
                var bytes = Self.sample
                bytes[place] = byte
                _ = try? BSONDocument(bytes: bytes)
            }
        }
    }

    @Test(
        arguments: [
            [], [5], [5, 0, 0, 0], [4, 0, 0, 0], [6, 0, 0, 0, 0, 0], [5, 0, 0, 0, 1], [255, 255, 255, 127, 0], [0, 0, 0, 128, 0],
            [12, 0, 0, 0, 2, 97, 0, 255, 255, 255, 127, 0], [12, 0, 0, 0, 2, 97, 0, 0, 0, 0, 0, 0], [8, 0, 0, 0, 8, 97, 0, 2, 0],
            [8, 0, 0, 0, 33, 97, 0, 0], [14, 0, 0, 0, 2, 97, 0, 2, 0, 0, 0, 255, 0, 0],
        ] as [[UInt8]])
    func `malformed documents are errors`(bytes: [UInt8]) {
        #expect(throws: BSONError.self) { try BSONDocument(bytes: bytes) }
    }

    @Test func `depth and size are bounded, reading and writing`() throws {
        var document: BSONDocument = [:]
        for _ in 0..<99 { document = ["a": .document(document)] }
        _ = try document.bytes(limits: .storedDocument)
        #expect(throws: BSONError.tooDeep(limit: 100)) { try BSONDocument([("a", .document(document))]).bytes(limits: .storedDocument) }
        let large: BSONDocument = ["a": .string(String(repeating: "x", count: 16 << 20))]
        #expect(throws: BSONError.self) { try large.bytes(limits: .storedDocument) }
        #expect(throws: BSONError.self) { try BSONDocument([("a\u{0}b", 1)]).bytes() }
    }

    @Test func `a vector's bytes are those of the specification`() throws {
        let binary = BSONBinary(vector: [1, -2.5])
        #expect(binary.bytes == [0x27, 0, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0])
        #expect(try binary.float32Vector() == [1, -2.5])
        #expect(throws: BSONError.self) { try BSONBinary(subtype: 9, bytes: [0x27, 0, 1]).float32Vector() }
        #expect(throws: BSONError.self) { try BSONBinary(subtype: 9, bytes: [0x03, 0]).float32Vector() }
        #expect(throws: BSONError.self) { try BSONBinary(subtype: 0, bytes: [0x27, 0]).float32Vector() }
    }
}

@Suite struct `Codable over BSON` {
    private enum Shape: Codable, Equatable { case circle(radius: Double), square(side: Int) }

    private struct Record: Codable, Equatable {
        var text: String
        var small: Int8
        var count: Int
        var ratio: Double
        var when: Date
        var maybe: String?
        var list: [[Int]]
        var named: [String: Bool]
        var shape: Shape
        var raw: BSONBinary
        var any: JSON
    }

    private let record = Record(
        text: "é", small: -3, count: 1 << 40, ratio: 0.5, when: Date(timeIntervalSince1970: 1.25), maybe: nil, list: [[1], []],
        named: ["a": true], shape: .circle(radius: 2), raw: BSONBinary(bytes: [1]), any: ["x": [1, 1.0, .null]])

    @Test func `a record survives`() throws {
        let document = try BSONEncoder().encode(record)
        #expect(document["when"] == .datetime(1250))
        #expect(document["count"] == .int64(1 << 40))
        #expect(document["maybe"] == nil)
        let again = try BSONDocument(bytes: document.bytes())
        #expect(try BSONDecoder().decode(Record.self, from: again) == record)
    }

    @Test func `an error names the place`() throws {
        var document = try BSONEncoder().encode(record)
        document["list"] = .array([.array([.string("no")])])
        let error = #expect(throws: DecodingError.self) { try BSONDecoder().decode(Record.self, from: document) }
        if case .typeMismatch(_, let context)? = error {
            #expect(context.codingPath.first?.stringValue == "list")
        } else {
            Issue.record("another error")
        }
        document["list"] = nil
        #expect(throws: DecodingError.self) { try BSONDecoder().decode(Record.self, from: document) }
        #expect(throws: DecodingError.self) { try BSONDecoder().decode([String: Int8].self, from: ["a": 300]) }
    }
}
