/// Lists of increasing numbers with counts, many and mostly short, in about two bytes an entry.
///
/// A list is a chain of blocks that double in size; an entry is the distance to the number before it and its count, both
/// as variable-length integers of seven bits a byte. Blocks lie in pages of 64 KB, so that a copy of the arena shares
/// all pages but the ones that are written to.
struct PostingArena: Sendable {
    /// A list's ends; kept by whoever owns the list.
    struct List: Sendable {
        fileprivate var first: UInt32 = 0
        fileprivate var last: UInt32 = 0
        fileprivate var used: UInt16 = 0
        fileprivate var capacity: UInt16 = 0
        /// The last number plus 1; 0 while the list is empty.
        fileprivate var lastNumber: UInt32 = 0
    }

    private static let pageSize = 1 << 16
    private static let (leastCapacity, mostCapacity) = (12, 1020)
    /// The address of the block after it stands before each block's entries.
    private static let linkSize = 4
    private static let longestEntry = 10

    private var pages: [[UInt8]] = []
    private var free = pageSize

    var byteCount: Int { pages.count * Self.pageSize }

    /// Appends a number that is larger than all in the list.
    mutating func append(_ number: UInt32, count: UInt32, to list: inout List) {
        var entry = [UInt8]()
        entry.reserveCapacity(Self.longestEntry)
        Self.put(number + 1 - list.lastNumber, into: &entry)
        Self.put(count, into: &entry)
        if Int(list.used) + entry.count > Int(list.capacity) { grow(&list) }
        let (page, place) = Self.place(list.last)
        for (offset, byte) in entry.enumerated() { pages[page][place + Int(list.used) + offset] = byte }
        list.used += UInt16(entry.count)
        list.lastNumber = number + 1
    }

    private mutating func grow(_ list: inout List) {
        let capacity =
            list.capacity == 0 ? Self.leastCapacity : min(Self.mostCapacity, (Int(list.capacity) + Self.linkSize) * 2 - Self.linkSize)
        if free + Self.linkSize + capacity > Self.pageSize {
            pages.append([UInt8](repeating: 0, count: Self.pageSize))
            free = 0
        }
        let address = UInt32((pages.count - 1) * Self.pageSize + free + Self.linkSize)
        free += Self.linkSize + capacity
        if list.capacity == 0 {
            list.first = address
        } else {
            let (page, place) = Self.place(list.last)
            for byte in 0..<Self.linkSize { pages[page][place - Self.linkSize + byte] = UInt8(truncatingIfNeeded: address >> (8 * byte)) }
        }
        list.last = address
        list.capacity = UInt16(capacity)
        list.used = 0
    }

    /// All entries of the list, in order.
    func forEach(in list: List, _ body: (_ number: Int, _ count: Int) -> Void) {
        guard list.lastNumber > 0 else { return }
        var (address, capacity, number) = (list.first, Self.leastCapacity, 0)
        while true {
            let isLast = address == list.last
            let (page, place) = Self.place(address)
            var next: UInt32 = 0
            pages[page].withUnsafeBufferPointer { bytes in
                var (position, end) = (place, place + (isLast ? Int(list.used) : capacity))
                // What a block has no room for stands in the next; a zero, which no distance is, ends it early.
                while position < end, bytes[position] != 0 {
                    let (distance, count) = (bytes[position], bytes[position &+ 1])
                    if (distance | count) < 0x80 {
                        // Nearly all are of one byte each.
                        position &+= 2
                        number &+= Int(distance)
                        body(number &- 1, Int(count))
                    } else {
                        number += Self.take(bytes, &position)
                        body(number - 1, Self.take(bytes, &position))
                    }
                }
                end = place
                for byte in 0..<Self.linkSize { next |= UInt32(bytes[end - Self.linkSize + byte]) << (8 * byte) }
            }
            if isLast { return }
            address = next
            capacity = min(Self.mostCapacity, (capacity + Self.linkSize) * 2 - Self.linkSize)
        }
    }

    private static func place(_ address: UInt32) -> (page: Int, place: Int) {
        (Int(address) / pageSize, Int(address) % pageSize)
    }

    private static func put(_ value: UInt32, into bytes: inout [UInt8]) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    @inline(__always) private static func take(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Int {
        var (value, shift) = (0, 0)
        while true {
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
    }
}
