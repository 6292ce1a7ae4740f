/// Finds a sequence in another one by looking at each element a bounded number of times, whatever both are: D. E. Knuth,
/// J. H. Morris, V. R. Pratt, "Fast pattern matching in strings" (1977).
struct Pattern<Element: Equatable> {
    private let elements: [Element]
    /// Of each beginning of the pattern, the length of the longest shorter beginning that it ends with.
    private let borders: [Int]

    init(_ elements: [Element]) {
        self.elements = elements
        var borders = [Int](repeating: 0, count: elements.count)
        var length = 0
        for index in elements.indices.dropFirst() {
            while length > 0, elements[index] != elements[length] { length = borders[length - 1] }
            if elements[index] == elements[length] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    var count: Int { elements.count }

    /// Where the pattern stands first; nil for one without elements.
    func first(in text: [Element]) -> Int? { search(text) { _ in false } }

    /// Each place where it stands; they may overlap.
    func places(in text: [Element]) -> [Int] {
        var places: [Int] = []
        _ = search(text) { place in
            places.append(place)
            return true
        }
        return places
    }

    /// Gives each place to `goesOn`, and returns the one at which that ended the search.
    private func search(_ text: [Element], _ goesOn: (Int) -> Bool) -> Int? {
        guard !elements.isEmpty, elements.count <= text.count else { return nil }
        var length = 0
        for index in text.indices {
            while length > 0, text[index] != elements[length] { length = borders[length - 1] }
            if text[index] == elements[length] { length += 1 }
            guard length == elements.count else { continue }
            let place = index + 1 - length
            if !goesOn(place) { return place }
            length = borders[length - 1]
        }
        return nil
    }
}
