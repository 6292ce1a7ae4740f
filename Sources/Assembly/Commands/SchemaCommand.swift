import API

/// Prints what `schema.graphql` has.
package enum SchemaCommand {
    package static func run() { Console.print(GraphQLAPI.sdl) }
}
