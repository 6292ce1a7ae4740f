package import JSON
package import Knowledge

extension Usage {
    var json: JSON {
        [
            "inputTokens": JSON(inputTokens), "outputTokens": JSON(outputTokens), "embeddingTokens": JSON(embeddingTokens),
            "languageCalls": JSON(languageCalls), "embeddingCalls": JSON(embeddingCalls), "imageCalls": JSON(imageCalls),
        ]
    }
}

extension Operation.Failure {
    var json: JSON { ["code": .string(code), "detail": .string(detail)] }
}

extension Operation {
    package var json: JSON {
        var object: JSONObject = [
            "id": .string(id), "brandId": .string(brand.brand), "kind": .string(kind.rawValue), "state": .string(state.rawValue),
            "version": JSON(version), "stage": .string(stage),
            "progress": ["done": JSON(progress.done), "total": JSON(progress.total)],
            "items": .array(items.map(\.json)),
        ]
        object["error"] = error?.json
        object["usage"] = usage.json
        object["createdAt"] = createdAt.json
        object["updatedAt"] = updatedAt.json
        object["result"] = ["type": .string(result.type.rawValue), "id": .string(result.id)]
        return .object(object)
    }
}

extension Operation.Item {
    var json: JSON {
        var object: JSONObject = ["id": .string(id), "kind": .string(kind.rawValue), "state": .string(state.rawValue)]
        object["resultId"] = resultID.map(JSON.string)
        object["error"] = error?.json
        return .object(object)
    }
}
