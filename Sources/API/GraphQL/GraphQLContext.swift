package import GraphQL
package import Ingestion
import JSON
package import Knowledge

/// What resolvers know of a request: whose data it sees, and the use cases.
struct GraphQLContext: Sendable {
    let dependencies: APIDependencies
    let principal: Principal
    var workspace: String { principal.workspace }

    /// The brand, or an error that says there is none.
    func brand(_ id: ID) async throws -> Brand {
        let key = try key(id)
        guard let brand = try await dependencies.brands.brand(key) else { throw Problem.notFound("brand") }
        return brand
    }

    /// An id that no brand can have is simply not found.
    func key(_ id: ID) throws -> BrandKey {
        let key = BrandKey(workspace: workspace, brand: id.text)
        guard Slug.isValidBrandID(id.text), principal.sees(key) else { throw Problem.notFound("brand") }
        return key
    }

    func checked(_ id: ID, of what: String) throws -> String {
        guard Slug.isValidID(id.text) else { throw Problem.notFound(what) }
        return id.text
    }

    func post(_ id: ID) async throws -> Post {
        guard let post = try await dependencies.posts.post(try checked(id, of: "post"), workspace: workspace),
            principal.sees(post.brand)
        else {
            throw Problem.notFound("post")
        }
        return post
    }

    func operation(_ id: ID) async throws -> Operation {
        guard let operation = try await dependencies.operations.operation(try checked(id, of: "operation"), workspace: workspace),
            principal.sees(operation.brand)
        else {
            throw Problem.notFound("operation")
        }
        return operation
    }

    /// The brands of several sources with one question to the store.
    func brands(_ keys: [BrandKey]) async throws -> [Result<Brand, any Error>] {
        let found = try await dependencies.brands.brands(Array(Set(keys)))
        let byKey = Dictionary(found.map { ($0.key, $0) }) { first, _ in first }
        return keys.map { key in byKey[key].map(Result.success) ?? .failure(Problem.notFound("brand")) }
    }
}

extension ExecutionContext {
    var graphQL: GraphQLContext {
        get throws { try value() }
    }

    /// For a field at the root: what lies below needs no more than it.
    func graphQL(for scope: APIKey.Scope) throws -> GraphQLContext {
        let context = try graphQL
        try context.principal.require(scope)
        return context
    }
}

extension Problem: ClientError {
    package var clientError: GraphQLError {
        // `notFound` as NOT_FOUND.
        let name = code.rawValue.reduce(into: "") { $0 += $1.isUppercase ? "_\($1)" : $1.uppercased() }
        var error = GraphQLError(detail, code: GraphQLError.Code(code == .internal ? "INTERNAL_SERVER_ERROR" : name))
        if !faults.isEmpty {
            error.details["errors"] = .array(
                faults.map { ["pointer": .string($0.pointer.description), "detail": .string($0.detail)] })
        }
        return error
    }
}

extension UnreadableDocument: ClientError {
    package var clientError: GraphQLError { Problem(self).clientError }
}

extension StoreError: ClientError {
    package var clientError: GraphQLError { Problem(self).clientError }
}

extension SearchError: ClientError {
    package var clientError: GraphQLError { Problem(self).clientError }
}

extension ModelError: ClientError {
    package var clientError: GraphQLError { Problem(self).clientError }
}

extension BudgetExceeded: ClientError {
    package var clientError: GraphQLError { Problem(self).clientError }
}
