import BSON
import Knowledge

/// A chunk as a document: flat fields by hand, since there are many and the vector is binary.
enum ChunkRecord {
    static func encode(_ chunk: Chunk, brand: BrandKey) -> BSONDocument {
        var record: BSONDocument = [
            "_id": .string(Record.id(brand, chunk.id)), "workspace": .string(brand.workspace), "brand": .string(brand.brand),
            "documentId": .string(chunk.documentID), "version": .int64(Int64(chunk.version)),
            "ordinal": .int64(Int64(chunk.ordinal)), "headingPath": .array(chunk.headingPath.map(BSONValue.string)),
            "span": ["start": .int64(Int64(chunk.span.start)), "end": .int64(Int64(chunk.span.end))],
            "text": .string(chunk.text), "embedText": .string(chunk.embedText), "searchText": .string(chunk.searchText),
            "embedding": .binary(BSONBinary(vector: chunk.embedding)), "embeddingModel": .string(chunk.embeddingModel),
            "chunker": .string(chunk.chunker),
        ]
        if !chunk.context.isEmpty { record["context"] = .string(chunk.context) }
        return record
    }

    static func decode(_ record: BSONDocument) throws -> Chunk {
        // One pass over the fields: a look-up each would be quadratic, and segments have many chunks.
        var fields: [String: BSONValue] = [:]
        for element in record.elements { fields[element.key] = element.value }
        func text(_ key: String) throws -> String {
            guard let value = fields[key]?.stringValue else { throw StoreError.corrupt("chunk: \(key)") }
            return value
        }
        func number(_ value: BSONValue?) throws -> Int {
            guard let number = value?.integerValue else { throw StoreError.corrupt("chunk: a number") }
            return Int(number)
        }
        guard let vector = try fields["embedding"]?.binaryValue?.float32Vector() else { throw StoreError.corrupt("chunk: embedding") }
        var chunk = Chunk(
            documentID: try text("documentId"), version: try number(fields["version"]), ordinal: try number(fields["ordinal"]),
            headingPath: fields["headingPath"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            span: TextSpan(start: try number(fields["span"]?["start"]), end: try number(fields["span"]?["end"])),
            text: try text("text"), embedText: try text("embedText"), searchText: try text("searchText"), embedding: vector,
            embeddingModel: try text("embeddingModel"), chunker: try text("chunker"))
        chunk.context = fields["context"]?.stringValue ?? ""
        return chunk
    }
}
