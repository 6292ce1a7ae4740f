/// BSON's own types may be fields of Codable records. `BSONEncoder` and `BSONDecoder` take them whole;
/// other coders have no form for them and get an error.
private struct OnlyBSONCoders: Error, CustomStringConvertible {
    var description: String { "BSON values can be coded by BSONEncoder and BSONDecoder only" }
}

extension BSONValue: Codable {
    package init(from decoder: any Decoder) throws { throw OnlyBSONCoders() }
    package func encode(to encoder: any Encoder) throws { throw OnlyBSONCoders() }
}

extension BSONDocument: Codable {
    package init(from decoder: any Decoder) throws { throw OnlyBSONCoders() }
    package func encode(to encoder: any Encoder) throws { throw OnlyBSONCoders() }
}

extension BSONBinary: Codable {
    package init(from decoder: any Decoder) throws { throw OnlyBSONCoders() }
    package func encode(to encoder: any Encoder) throws { throw OnlyBSONCoders() }
}
