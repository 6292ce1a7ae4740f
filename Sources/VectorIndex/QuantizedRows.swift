import CVector

/// The vectors of a segment, rounded to one byte a column, in blocks of 4 MB that are each read in one stream.
///
/// Each row x is kept as integers c and a scale s with x = m + s·c + r, where m is a center that all rows share and the
/// rest r has the norm e, which is kept too. For a query q the approximate score is a = q·m + s·(q·c). By
/// Cauchy-Schwarz the true score q·x lies within ‖q‖·e of it. So if L is the k-th largest of a - ‖q‖·e over all rows,
/// at least k rows score L or more, and a row of the true best k, ties included, must have a + ‖q‖·e ≥ L. Only those
/// rows are scored again in float32, which makes the result exact.
///
/// The query is rounded as well, to 15 bits, and sums of floats are rounded: `QueryBatch.slack` is a bound of both and
/// is taken off L.
struct QuantizedRows: Sendable {
    let columns: Int
    /// Bytes from one row to the next.
    let stride: Int
    private(set) var count = 0
    /// What all rows have in common; any vector is right, and the mean of the rows makes the errors smallest.
    private(set) var center: [Float]
    private(set) var scales: [Float] = []
    private(set) var errors: [Float] = []
    /// The largest norm of a row's integers times its scale.
    private(set) var largestNorm: Float = 0
    private var blocks: [RowMemory] = []

    private static let blockBytes = 4 << 20
    private static let leastRows = 32
    private let rowsInBlock: Int

    init(columns: Int) {
        self.columns = columns
        let unit = Int(CVECTOR_ROW_ALIGNMENT)
        stride = (columns + unit - 1) / unit * unit
        rowsInBlock = max(Self.leastRows, Self.blockBytes / stride)
        center = Array(repeating: 0, count: columns)
    }

    /// Bytes that are held.
    var byteCount: Int { blocks.reduce(0) { $0 + $1.size } + (scales.capacity + errors.capacity) * 4 }

    mutating func append(_ vector: UnsafePointer<Float>) throws(SegmentError) {
        let place = count
        if place % rowsInBlock == 0 { blocks.append(try RowMemory(size: Self.leastRows * stride)) }
        scales.append(0)
        errors.append(0)
        count += 1
        do { try set(place, to: vector) } catch {
            removeLast()
            throw error
        }
    }

    mutating func set(_ row: Int, to vector: UnsafePointer<Float>) throws(SegmentError) {
        let target = try writable(row)
        let rounding = cvector_round_row(vector, center, columns, stride, target)
        scales[row] = rounding.scale
        errors[row] = rounding.error
        largestNorm = max(largestNorm, rounding.norm)
    }

    /// Moves the last row to the place of another, and shortens the rows by it.
    mutating func moveLast(to row: Int) throws(SegmentError) {
        let last = count - 1
        if row != last {
            let target = try writable(row)
            target.update(from: blocks[last / rowsInBlock].bytes + last % rowsInBlock * stride, count: stride)
            scales[row] = scales[last]
            errors[row] = errors[last]
        }
        removeLast()
    }

    private mutating func removeLast() {
        count -= 1
        scales.removeLast()
        errors.removeLast()
        if count % rowsInBlock == 0 { blocks.removeLast() }
    }

    /// All rows are rounded anew around another center; `read` gives each row's vector.
    mutating func recenter(_ center: [Float], read: (Int, inout [Float]) throws(SegmentError) -> Void) throws(SegmentError) {
        self.center = center
        largestNorm = 0
        var vector = [Float](repeating: 0, count: columns)
        for row in 0..<count {
            try read(row, &vector)
            try set(row, to: vector)
        }
    }

    /// The row's bytes, in a block that no other segment refers to and that is large enough.
    private mutating func writable(_ row: Int) throws(SegmentError) -> UnsafeMutablePointer<UInt8> {
        let (block, place) = row.quotientAndRemainder(dividingBy: rowsInBlock)
        let used = (min(count, (block + 1) * rowsInBlock) - block * rowsInBlock) * stride
        var size = blocks[block].size
        while size < used { size = min(size * 2, rowsInBlock * stride) }
        if size != blocks[block].size || !isKnownUniquelyReferenced(&blocks[block]) {
            blocks[block] = try blocks[block].copy(size: size, used: min(used, blocks[block].size))
        }
        return blocks[block].bytes + place * stride
    }

    // MARK: Search

    /// The approximate scores of all rows for each query, one query after the other; the rows are read once.
    func scan(_ batch: QueryBatch) -> [Float] {
        guard count > 0 else { return [] }
        return [Float](unsafeUninitializedCapacity: batch.count * count) { scores, initialized in
            let base = scores.baseAddress!
            batch.withQueries { queries in
                for (block, memory) in blocks.enumerated() {
                    let first = block * rowsInBlock
                    let rows = min(rowsInBlock, count - first)
                    let targets: [UnsafeMutablePointer<Float>?] = queries.indices.map { base + $0 * count + first }
                    scales.withUnsafeBufferPointer { scales in
                        cvector_scan(
                            memory.bytes, scales.baseAddress! + first, rows, stride, queries.baseAddress, queries.count, targets)
                    }
                }
            }
            initialized = batch.count * count
        }
    }

    /// The rows that can be among the `limit` best by their true scores, in no order.
    ///
    /// - Parameters:
    ///   - scores: approximate scores of all rows, as `scan` gives them or increasing functions of them.
    ///   - norm: what a row's error counts in these scores, the query's norm for those of `scan`.
    ///   - slack: how far they may be off besides.
    ///   - accepted: 1 for rows that count; nil for all.
    func candidates(_ scores: UnsafePointer<Float>, norm: Float, slack: Float, limit: Int, accepted: [UInt8]?) -> [Int] {
        guard count > 0, limit > 0 else { return [] }
        var heap = [Float](repeating: 0, count: min(limit, count))
        let found = cvector_offer_lower_bounds(scores, errors, norm, accepted, count, &heap, 0, heap.count)
        guard found > 0 else { return [] }
        // With fewer rows than were asked for all of them are candidates.
        let threshold = found < heap.count ? -Float.infinity : heap[0] - 2 * slack
        var rows: [Int] = []
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.stretch) { buffer in
            for first in Swift.stride(from: 0, to: count, by: Self.stretch) {
                let length = min(Self.stretch, count - first)
                let found = errors.withUnsafeBufferPointer { errors in
                    accepted.withUnsafePointer(from: first) { accepted in
                        cvector_rows_above(
                            scores + first, errors.baseAddress! + first, norm, accepted, length, threshold, UInt32(first),
                            buffer.baseAddress)
                    }
                }
                for place in 0..<found { rows.append(Int(buffer[place])) }
            }
        }
        return rows
    }

    /// Rows that are looked through at once.
    private static let stretch = 4096
}

extension Optional where Wrapped == [UInt8] {
    /// The bytes from a place on, or null where there are none.
    fileprivate func withUnsafePointer<Result>(from place: Int, _ body: (UnsafePointer<UInt8>?) -> Result) -> Result {
        guard let self else { return body(nil) }
        return self.withUnsafeBufferPointer { body($0.baseAddress! + place) }
    }
}
