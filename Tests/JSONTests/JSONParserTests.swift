import JSON
import Testing

@Suite struct `Reading JSON` {
    @Test(arguments: [
        "null", "true", "-0", "1", "9223372036854775807", "1.5", "1e3", "\"\"", "\"a\\n\\u00e9\\ud83d\\ude00\"", "[]", "{}",
        "[1,[2,[3]]]", "{\"a\":{\"b\":[null,false]}}", " [ 1 , 2 ] ",
    ])
    func `values survive being read and written`(text: String) throws {
        let value = try JSON(parsing: text)
        #expect(try JSON(parsing: value.text) == value)
        #expect(try JSON(parsing: value.prettyText) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "truex", "01", "-", "1.", ".5", "1e", "+1", "1e999", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"",
        "\"\\ud800\\u0041\"", "\"\\u0000\"", "\"\n\"", "[", "[1", "[1,", "[1,]", "{", "{\"a\"", "{\"a\":", "{\"a\":1,", "{\"a\":1,}",
        "{a:1}", "{\"a\":1,\"a\":2}", "1 2", "[] []", "NaN", "Infinity", "'a'", "\u{FEFF}1", "// x\n1",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
    }

    @Test(
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0xE2, 0x82, 0x22]]
            as [[UInt8]])
    func `invalid UTF-8 is refused`(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: bytes) }
    }

    @Test func `every truncation of a document is refused`() throws {
        let text = Array("{\"a\":[1,-2.5e3,\"x\\u00e9\\\"\"],\"b\":{\"c\":null,\"d\":true}}".utf8)
        _ = try JSON(parsing: text)
        for end in 0..<text.count { #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text[..<end]) } }
    }

    @Test func `nesting is bounded`() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try JSON(parsing: deep, maximumDepth: 64)
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: deep, maximumDepth: 63) }
        let bomb = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: bomb) }
    }

    @Test func `1 and 1 point 0 stay different`() throws {
        #expect(try JSON(parsing: "[1,1.0]") == [.integer(1), .number(1)])
        #expect(JSON.array([.integer(1), .number(1)]).text == "[1,1.0]")
    }

    @Test func `pointers escape what RFC 6901 says`() {
        #expect(JSONPointer.root.appending("a/b~c").appending(3).description == "/a~1b~0c/3")
    }
}

@Suite struct `Base64 text` {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `follows RFC 4648`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "====", "Zm9v!", "Zm9v\n", "Z===", "Zm=v"])
    func `refuses what is none`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}

@Suite struct `A JSON Schema` {
    private static let schema = JSONSchema([
        "type": "object", "required": ["id", "tags"], "additionalProperties": false,
        "properties": [
            "id": ["type": "string", "enum": ["P1", "P2"]],
            "tags": ["type": "array", "minItems": 1, "maxItems": 2, "items": ["type": "string", "minLength": 1, "maxLength": 3]],
            "share": ["type": "number", "minimum": 0, "maximum": 1], "note": ["anyOf": [["type": "string"], ["type": "null"]]],
        ],
    ])

    @Test func `accepts what conforms`() {
        #expect(Self.schema.violations(in: ["id": "P1", "tags": ["a"], "share": 0.5, "note": .null]).isEmpty)
    }

    @Test(
        arguments: [
            ("/id", ["id": "P3", "tags": ["a"]]), ("/id", ["tags": ["a"]]), ("/tags", ["id": "P1", "tags": []]),
            ("/tags", ["id": "P1", "tags": ["a", "b", "c"]]), ("/tags/0", ["id": "P1", "tags": ["abcd"]]),
            ("/tags/0", ["id": "P1", "tags": [""]]),
            ("/tags/0", ["id": "P1", "tags": [1]]), ("/share", ["id": "P1", "tags": ["a"], "share": 2]),
            ("/more", ["id": "P1", "tags": ["a"], "more": 1]),
            ("", "text"), ("/note", ["id": "P1", "tags": ["a"], "note": 1]),
        ] as [(String, JSON)])
    func `points at what does not`(pointer: String, value: JSON) {
        #expect(Self.schema.violations(in: value).map(\.pointer.description) == [pointer])
    }
}
