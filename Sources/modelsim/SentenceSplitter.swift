/// Cuts Markdown or plain text into sentences, none of which crosses a line break.
struct SentenceSplitter {
    private let text: ArraySlice<UInt8>
    private var sentences: [Sentence] = []
    private var isInCode = false
    /// Whether the line before broke off within a sentence.
    private var isContinued = false

    static func sentences(in text: ArraySlice<UInt8>) -> [Sentence] {
        var splitter = SentenceSplitter(text: text)
        splitter.split()
        return splitter.sentences
    }

    private init(text: ArraySlice<UInt8>) { self.text = text }

    private mutating func split() {
        let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Self.trimmed)
        for (number, line) in lines.enumerated() {
            let next = number + 1 < lines.count ? lines[number + 1] : []
            switch MarkdownLine(line) {
            case .blank: isContinued = false
            case .fence: isInCode.toggle()
            case .rule, .tag: isContinued = false
            case .heading(let content):
                append(content, rank: .heading)
                isContinued = false
            case .tableRow(let content):
                append(content, rank: .tableRow)
                isContinued = false
            case .item(let content):
                isContinued = false
                splitLine(content, endsBlock: Self.startsBlock(next))
            case .plain: splitLine(line, endsBlock: false)
            }
        }
    }

    private static func startsBlock(_ line: ArraySlice<UInt8>) -> Bool {
        if case .plain = MarkdownLine(line) { false } else { true }
    }

    private mutating func splitLine(_ line: ArraySlice<UInt8>, endsBlock: Bool) {
        var start = line.startIndex
        var isWhole = !isContinued
        while start < line.endIndex {
            let end = Self.sentenceEnd(in: line[start...])
            let isTerminated = end.map { line[$0 - 1] != UInt8(ascii: ":") } ?? endsBlock
            let piece = line[start..<(end ?? line.endIndex)]
            append(piece, rank: isWhole && isTerminated && !isInCode ? .complete : .fragment)
            isContinued = end == nil && !endsBlock
            isWhole = true
            start = end.map { line[$0...].firstIndex { $0 != 0x20 } ?? line.endIndex } ?? line.endIndex
        }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>, rank: Sentence.Rank) {
        let piece = Self.trimmed(bytes)
        guard piece.contains(where: { $0 > 0x40 || (0x30...0x39).contains($0) }) else { return }
        let text = String(decoding: piece, as: UTF8.self)
        let length = TextFitting.length(text)
        let isPlain = !piece.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "`") || $0 == UInt8(ascii: "[") }
        let demoted: Sentence.Rank = rank == .complete && (length < 24 || !isPlain || Wording.isDangling(text)) ? .weak : rank
        sentences.append(Sentence(text: text, start: piece.startIndex, length: length, rank: demoted))
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        let start = line.drop(while: isSpace)
        return start.prefix(through: start.lastIndex { !isSpace($0) } ?? start.startIndex - 1)
    }

    /// The place behind the first full stop, question or exclamation mark that ends a sentence.
    private static func sentenceEnd(in line: ArraySlice<UInt8>) -> Int? {
        for index in line.indices {
            let byte = line[index]
            guard byte == UInt8(ascii: ".") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?") else { continue }
            var end = index + 1
            while end < line.endIndex, closingMarks.contains(line[end]) { end += 1 }
            if end == line.endIndex { return end }
            guard line[end] == 0x20, let next = line[end...].first(where: { $0 != 0x20 }) else { continue }
            guard !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(next) else { continue }
            if byte != UInt8(ascii: ".") || !endsWithAbbreviation(line[..<index]) { return end }
        }
        return nil
    }

    private static func endsWithAbbreviation(_ text: ArraySlice<UInt8>) -> Bool {
        let word = text.suffix { byte in byte != 0x20 && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "(") }
        return word.count <= 6
            && (word.count == 1 && word.allSatisfy { $0 > 0x39 }
                || abbreviations.contains(String(decoding: word, as: UTF8.self).lowercased()))
    }

    private static let closingMarks = Array("\"')".utf8)
    private static let abbreviations: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "st", "no", "vs", "approx", "ca", "nr", "etc",
    ]
}

extension ArraySlice {
    /// The longest end of the slice whose elements all satisfy `predicate`.
    fileprivate func suffix(while predicate: (Element) -> Bool) -> ArraySlice {
        let start = lastIndex { !predicate($0) }.map { $0 + 1 } ?? startIndex
        return self[start...]
    }
}
