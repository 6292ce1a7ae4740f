/// The headings that are open at a place of a document.
struct HeadingPath {
    /// Unicode scalars that are kept of a heading: it stands above each of its chunks.
    private static let titleLimit = 200
    /// Headings that are kept of a path, the innermost.
    private static let depthLimit = 8

    private var open: [(level: Int, title: String)] = []

    var titles: [String] { open.map(\.title) }

    /// Opens a heading; those of the same and of deeper levels end.
    mutating func enter(level: Int, title: String) {
        open.removeAll { $0.level >= level }
        if !title.isEmpty { open.append((level, Self.cut(title))) }
    }

    /// The title, or its beginning where it is as long as a text.
    static func cut(_ title: String) -> String {
        // Most are short, and counting bytes is faster.
        guard title.utf8.count > titleLimit, title.unicodeScalars.count > titleLimit else { return title }
        return String(title.unicodeScalars.prefix(titleLimit - 1)) + "…"
    }

    /// The innermost headings.
    static func cut(_ path: [String]) -> [String] { path.count > depthLimit ? Array(path.suffix(depthLimit)) : path }
}
