import JSON

/// Where in an answer a value stands; its parents are shared.
final class Path: Sendable {
    private let parent: Path?
    private let element: JSON

    init(_ parent: Path?, _ element: JSON) {
        self.parent = parent
        self.element = element
    }

    var elements: [JSON] {
        var elements: [JSON] = []
        var next: Path? = self
        while let path = next {
            elements.append(path.element)
            next = path.parent
        }
        return elements.reversed()
    }
}
