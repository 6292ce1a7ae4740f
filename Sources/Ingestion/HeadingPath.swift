/// The headings that are open at a place of a document.
struct HeadingPath {
    private var open: [(level: Int, title: String)] = []

    var titles: [String] { open.map(\.title) }

    /// Opens a heading; those of the same and of deeper levels end.
    mutating func enter(level: Int, title: String) {
        open.removeAll { $0.level >= level }
        if !title.isEmpty { open.append((level, title)) }
    }
}
