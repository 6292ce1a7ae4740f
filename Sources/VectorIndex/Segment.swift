import CVector
package import Knowledge

/// A brand's vectors in memory: one row of float32 a chunk, side by side, and what a passage needs beside it.
///
/// A value: a search keeps the segment as it was when it began.
package struct Segment: Sendable {
    private struct Row: Sendable {
        var chunkID: String
        var headingPath: [String]
        var text: String
        var span: TextSpan
        var document: Int
    }

    private struct Entry: Sendable {
        var title: String
        var version: Int
        var subject: PassageFilter.Subject
    }

    /// 0 while the segment is empty.
    private var dimensions = 0
    private var vectors: [Float] = []
    private var rows: [Row] = []
    private var entries: [Entry] = []
    private var entryIndex: [String: Int] = [:]

    package init() {}

    package var count: Int { rows.count }

    /// Adds a chunk; one of another version than the document's present one replaces all of its chunks, and one
    /// of an older version is ignored.
    package mutating func append(_ chunk: Chunk, of document: Document) {
        if let known = entryIndex[document.id] {
            guard chunk.version >= entries[known].version else { return }
            if chunk.version > entries[known].version { remove(document: document.id) }
        }
        guard !chunk.embedding.isEmpty, dimensions == 0 || chunk.embedding.count == dimensions else { return }
        dimensions = chunk.embedding.count
        let entry = entryIndex[document.id] ?? addEntry(document, version: chunk.version)
        vectors.append(contentsOf: chunk.embedding)
        rows.append(Row(chunkID: chunk.id, headingPath: chunk.headingPath, text: chunk.text, span: chunk.span, document: entry))
    }

    private mutating func addEntry(_ document: Document, version: Int) -> Int {
        entries.append(Entry(title: document.title, version: version, subject: PassageFilter.Subject(document)))
        entryIndex[document.id] = entries.count - 1
        return entries.count - 1
    }

    /// The version whose chunks are here, or nil.
    func version(of document: String) -> Int? { entryIndex[document].map { entries[$0].version } }

    package mutating func remove(document id: String) {
        guard let entry = entryIndex.removeValue(forKey: id) else { return }
        for index in rows.indices.reversed() where rows[index].document == entry { removeRow(index) }
        if rows.isEmpty { dimensions = 0 }
    }

    /// Moves the last row into the gap: order means nothing here.
    private mutating func removeRow(_ index: Int) {
        let last = rows.count - 1
        if index != last {
            rows[index] = rows[last]
            for offset in 0..<dimensions { vectors[index * dimensions + offset] = vectors[last * dimensions + offset] }
        }
        rows.removeLast()
        vectors.removeLast(dimensions)
    }

    /// The passages with the highest cosines, exactly; ties go to the smaller chunk id.
    package func search(_ query: PassageQuery) -> [Passage] {
        guard query.vector.count == dimensions, !rows.isEmpty else { return [] }
        let accepted = entries.map { query.filter.accepts($0.subject) }
        return scores(query.vector).enumerated()
            .filter { accepted[rows[$0.offset].document] && Double($0.element) >= query.minScore }
            .sorted { ($0.element, rows[$1.offset].chunkID) > ($1.element, rows[$0.offset].chunkID) }
            .prefix(query.limit)
            .map { passage(row: rows[$0.offset], cosine: $0.element) }
    }

    private func scores(_ query: [Float]) -> [Float] {
        [Float](unsafeUninitializedCapacity: rows.count) { scores, initialized in
            vectors.withUnsafeBufferPointer { vectors in
                query.withUnsafeBufferPointer { query in
                    cvector_dot_rows(vectors.baseAddress, rows.count, dimensions, query.baseAddress, scores.baseAddress)
                }
            }
            initialized = rows.count
        }
    }

    private func passage(row: Row, cosine: Float) -> Passage {
        let entry = entries[row.document]
        let score = Double(max(0, min(1, cosine)))
        return Passage(
            chunkID: row.chunkID, documentID: entry.subject.documentID, documentTitle: entry.title, headingPath: row.headingPath,
            text: row.text, span: row.span, metadata: entry.subject.metadata, score: score, vectorScore: Double(cosine),
            textScore: nil)
    }
}
