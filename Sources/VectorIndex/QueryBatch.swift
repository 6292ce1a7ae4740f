import CVector

/// Queries that one scan serves, each rounded to two bytes a column.
struct QueryBatch {
    /// As many as one scan takes.
    static let limit = Int(CVECTOR_MAX_QUERIES)

    private struct Rounded {
        var highSum: Int32 = 0
        var lowSum: Int32 = 0
        var step: Float = 0
        var base: Float = 0
        var norm: Float = 0
        /// The norm of what rounding took away.
        var error: Float = 0
    }

    private let stride: Int
    private let largestNorm: Float
    private let columns: Int
    private var integers: [Int8] = []
    private var rounded: [Rounded] = []

    /// - Parameter queries: at most `limit`, each with as many columns as the rows.
    init(_ queries: [[Float]], for rows: QuantizedRows) {
        stride = rows.stride
        columns = rows.columns
        largestNorm = rows.largestNorm
        integers.reserveCapacity(queries.count * 2 * stride)
        for query in queries { append(query, center: rows.center) }
    }

    var count: Int { rounded.count }

    /// The query's norm: what a row's error counts in its scores.
    func norm(of query: Int) -> Float { rounded[query].norm }

    /// How far an approximate score may be off besides the row's error: the query's own rounding, and that of float
    /// sums, each addition at most 2⁻²³ of the largest sum.
    func slack(of query: Int) -> Float {
        let sums = Float(columns + 16) * Float.ulpOfOne * rounded[query].norm * (largestNorm + 1)
        return rounded[query].error * largestNorm + sums
    }

    private mutating func append(_ query: [Float], center: [Float]) {
        var entry = Rounded()
        let largest = query.reduce(0) { max($0, abs($1)) }
        entry.step = largest / 127
        let inverse = entry.step > 0 ? 1 / entry.step : 0
        var (low, error, norm, base) = ([Int8](), 0.0, 0.0, 0.0)
        for (value, middle) in zip(query, center) {
            let units = value * inverse
            let high = units.rounded()
            let rest = ((units - high) * 254).rounded()
            integers.append(Int8(max(-127, min(127, high))))
            low.append(Int8(max(-127, min(127, rest))))
            let off = Double(value) - Double(entry.step) * (Double(high) + Double(rest) / 254)
            error += off * off
            norm += Double(value) * Double(value)
            base += Double(value) * Double(middle)
        }
        entry.highSum = integers.suffix(query.count).reduce(0) { $0 + Int32($1) }
        entry.lowSum = low.reduce(0) { $0 + Int32($1) }
        integers += repeatElement(0, count: stride - query.count)
        integers += low
        integers += repeatElement(0, count: stride - query.count)
        (entry.base, entry.norm) = (Float(base), Float(norm.squareRoot() * (1 + 1e-6)))
        entry.error = Float(error.squareRoot() * (1 + 1e-6))
        rounded.append(entry)
    }

    /// The queries as the kernel takes them, valid inside `body` only; aligned, so that no load spans two cache lines.
    func withQueries<Result>(_ body: (UnsafeBufferPointer<cvector_query>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: integers.count, alignment: Int(CVECTOR_ROW_ALIGNMENT)) { aligned in
            aligned.copyBytes(from: integers.map(UInt8.init(bitPattern:)))
            let integers = aligned.bindMemory(to: Int8.self)
            let queries = rounded.enumerated().map { index, entry in
                let high = UnsafePointer(integers.baseAddress! + index * 2 * stride)
                return cvector_query(
                    high: high, low: high + stride, high_sum: entry.highSum, low_sum: entry.lowSum, step: entry.step, base: entry.base)
            }
            return queries.withUnsafeBufferPointer(body)
        }
    }
}
