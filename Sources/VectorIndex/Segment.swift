import JSON
package import Knowledge

/// A brand's passages in memory: rounded vectors and a text index; exact vectors and texts lie in a scratch file.
///
/// A value: a search keeps the segment as it was when it began.
package struct Segment: Sendable {
    struct Row: Sendable {
        /// Its record in the scratch file.
        var place: Int
        var length: Int32
        var ordinal: Int32
        var document: Int32
        /// Its place in the text index.
        var slot: Int32
    }

    struct Entry: Sendable {
        var title: String
        var version: Int
        var subject: PassageFilter.Subject
        /// Of its chunks that are here.
        var checksum = ChunkChecksum()
        /// In memory, about.
        let byteCount: Int

        init(_ document: Document, version: Int) {
            (title, self.version, subject) = (document.title, version, PassageFilter.Subject(document))
            // A number of one digit takes two bytes of text, and sixteen times as many here.
            byteCount = 256 + 16 * document.metadata.text.utf8.count
        }
    }

    /// Words of documents that do not say their language are read as these.
    private let language: Language
    /// Nil while the segment is empty.
    private(set) var vectors: QuantizedRows?
    private(set) var rows: [Row] = []
    private(set) var texts = TextIndex()
    private(set) var languages: Set<Language> = []
    private(set) var entries: [Entry] = []
    private var entryIndex: [String: Int32] = [:]
    /// Bytes of memory that the entries take, about.
    private var entryBytes = 0
    /// Places of documents that are gone.
    private var freeEntries: [Int32] = []
    private var file: ScratchFile?
    /// Bytes of the file that rows still point to.
    private var liveBytes = 0
    /// At how many rows they are rounded around a new center.
    private var nextRounding = Self.firstRounding

    private static let firstRounding = 64
    /// The mean of so many rows does not change much any more.
    private static let lastRounding = 1 << 14

    package init(language: Language = .english) { self.language = language }

    package var count: Int { rows.count }

    /// Bytes of memory that are held, about; the scratch file's are the system's page cache.
    package var byteCount: Int {
        (vectors?.byteCount ?? 0) + texts.byteCount + rows.capacity * MemoryLayout<Row>.stride + entryBytes
    }

    // MARK: Changes

    /// Adds a chunk; one of another version than the document's present one replaces all of its chunks, and one
    /// of an older version is ignored, as is one whose vector has another number of dimensions than the others.
    package mutating func append(_ chunk: Chunk, of document: Document) throws(SegmentError) {
        if let known = entryIndex[document.id] {
            guard chunk.version >= entries[Int(known)].version else { return }
            if chunk.version > entries[Int(known)].version { try remove(document: document.id) }
        }
        guard !chunk.embedding.isEmpty, vectors == nil || chunk.embedding.count == vectors?.columns else { return }
        let file = try scratchFile()
        if vectors == nil { vectors = QuantizedRows(columns: chunk.embedding.count) }
        let language = document.metadata["language"]?.stringValue.map { Language(tag: $0) } ?? language
        let words = ([document.title] + chunk.headingPath + [chunk.context, chunk.searchText]).joined(separator: "\n")
        let terms = texts.terms(of: words, language: language)
        let record = RowRecord.bytes(vector: chunk.embedding, terms: terms, chunk)
        let place = try file.append(record)
        try vectors?.append(chunk.embedding)
        languages.insert(language)
        let slot = texts.append(terms, row: rows.count)
        let entry = entryIndex[document.id] ?? addEntry(document, version: chunk.version)
        entries[Int(entry)].checksum.add(chunk)
        rows.append(
            Row(place: place, length: Int32(record.count), ordinal: Int32(chunk.ordinal), document: entry, slot: Int32(slot)))
        liveBytes += record.count
        if rows.count == nextRounding { try roundAnew() }
    }

    private mutating func scratchFile() throws(SegmentError) -> ScratchFile {
        if let file { return file }
        let made = try ScratchFile()
        file = made
        return made
    }

    private mutating func addEntry(_ document: Document, version: Int) -> Int32 {
        let entry = Entry(document, version: version)
        let place = freeEntries.popLast() ?? Int32(entries.count)
        entryBytes += entry.byteCount
        if Int(place) < entries.count { entries[Int(place)] = entry } else { entries.append(entry) }
        entryIndex[document.id] = place
        return place
    }

    /// The version whose chunks are here, or nil.
    func version(of document: String) -> Int? { entryIndex[document].map { entries[Int($0)].version } }

    /// Of all chunks that are here.
    package var checksum: ChunkChecksum {
        entryIndex.values.reduce(into: ChunkChecksum()) { $0 += entries[Int($1)].checksum }
    }

    /// What is here, by document.
    package var activeChunks: [String: ActiveChunks] { entryIndex.mapValues { active(Int($0)) } }

    package func activeChunks(of document: String) -> ActiveChunks? { entryIndex[document].map { active(Int($0)) } }

    private func active(_ entry: Int) -> ActiveChunks {
        ActiveChunks(version: entries[entry].version, checksum: entries[entry].checksum)
    }

    package mutating func remove(document id: String) throws(SegmentError) {
        guard let entry = entryIndex.removeValue(forKey: id) else { return }
        for index in rows.indices.reversed() where rows[index].document == entry { try removeRow(index) }
        freeEntries.append(entry)
        // What is kept of it until another document takes its place says nothing any more.
        entryBytes -= entries[Int(entry)].byteCount
        entries[Int(entry)].subject.metadata = [:]
        if rows.isEmpty {
            self = Segment(language: language)
        } else {
            if texts.isMostlyDead { try indexTextsAnew() }
            if let file, file.size > 2 * liveBytes + (16 << 20) { try writeFileAnew() }
        }
    }

    /// Moves the last row into the gap: order means nothing here.
    private mutating func removeRow(_ index: Int) throws(SegmentError) {
        let row = rows[index]
        texts.remove(slot: Int(row.slot), try record(of: row).terms)
        try vectors?.moveLast(to: index)
        let last = rows.removeLast()
        if index < rows.count {
            texts.move(slot: Int(last.slot), to: index)
            rows[index] = last
        }
        liveBytes -= Int(row.length)
    }

    /// Whether loading the brand anew would need much less memory: documents with ever other words have come and gone.
    package var isWorthLoadingAnew: Bool { texts.hasMostlyUnusedTerms }

    private mutating func indexTextsAnew() throws(SegmentError) {
        texts.removeAll()
        for index in rows.indices { rows[index].slot = Int32(texts.append(try record(of: rows[index]).terms, row: index)) }
    }

    private mutating func writeFileAnew() throws(SegmentError) {
        let new = try ScratchFile()
        for index in rows.indices { rows[index].place = try new.append(try bytes(of: rows[index], from: 0)) }
        file = new
    }

    /// Rounds all rows around their mean, which makes the errors small; until there are many, now and then.
    private mutating func roundAnew() throws(SegmentError) {
        nextRounding = nextRounding < Self.lastRounding ? nextRounding * 4 : .max
        guard let columns = vectors?.columns, var rounded = vectors else { return }
        // The only reference: its blocks are written in place.
        vectors = nil
        defer { vectors = rounded }
        var sums = [Double](repeating: 0, count: columns)
        var vector = [Float](repeating: 0, count: columns)
        for row in rows {
            try read(&vector, of: row)
            for column in 0..<columns { sums[column] += Double(vector[column]) }
        }
        let center = sums.map { Float($0 / Double(rows.count)) }
        try rounded.recenter(center) { row, vector throws(SegmentError) in try read(&vector, of: rows[row]) }
    }

    // MARK: Reading

    /// The row's vector as it was embedded.
    func vector(of row: Row) throws(SegmentError) -> [Float] {
        var vector = [Float](repeating: 0, count: vectors?.columns ?? 0)
        try read(&vector, of: row)
        return vector
    }

    /// The same into a buffer that is used again.
    func read(_ vector: inout [Float], of row: Row) throws(SegmentError) {
        guard let file else { return }
        try vector.withUnsafeMutableBytes { file.read($0, at: row.place) }.get()
    }

    func record(of row: Row) throws(SegmentError) -> RowRecord {
        RowRecord(try bytes(of: row, from: (vectors?.columns ?? 0) * MemoryLayout<Float>.size))
    }

    private func bytes(of row: Row, from start: Int) throws(SegmentError) -> [UInt8] {
        guard let file else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(row.length) - start)
        try bytes.withUnsafeMutableBytes { file.read($0, at: row.place + start) }.get()
        return bytes
    }

    /// `Chunk.id` of the row.
    func chunkID(of row: Int) -> String {
        let entry = entries[Int(rows[row].document)]
        return "\(entry.subject.documentID).\(entry.version).\(rows[row].ordinal)"
    }
}
