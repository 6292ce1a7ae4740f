// Knowledge: the domain's values and the ports through which the use cases reach the world. It knows no
// database, no HTTP and no other target but the JSON value type.

/// Which brand of which workspace; every look-up carries both, so that no tenant reads another's data.
package struct BrandKey: Sendable, Hashable, Codable {
    package var workspace: String
    package var brand: String

    package init(workspace: String, brand: String) {
        self.workspace = workspace
        self.brand = brand
    }
}

/// A range of Unicode scalars of the text that it points into; `end` is exclusive.
package struct TextSpan: Sendable, Hashable, Codable {
    package var start: Int
    package var end: Int

    package init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }
}
