import Foundation
package import JSON
package import Knowledge

extension Date {
    /// RFC 3339 in UTC, with milliseconds: the nearest ones, which the format would cut instead.
    var json: JSON { .string((self + 0.0005).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))) }
}

extension Brand {
    var json: JSON {
        [
            "id": .string(id), "name": .string(name),
            "identity": [
                "voice": .string(identity.voice), "tone": .string(identity.tone), "values": JSON(identity.values),
                "audience": .string(identity.audience), "dos": JSON(identity.dos), "donts": JSON(identity.donts),
                "bannedTerms": JSON(identity.bannedTerms), "requiredTerms": JSON(identity.requiredTerms),
                "style": identity.style.json, "languages": JSON(identity.languages),
            ],
            "goals": JSON(goals), "metadata": metadata, "createdAt": createdAt.json, "updatedAt": updatedAt.json,
        ]
    }
}

extension Brand.Style {
    /// Without what is not limited.
    var json: JSON {
        var object: JSONObject = [:]
        object["person"] = (person?.rawValue).map(JSON.string)
        object["maxEmoji"] = maxEmoji.map { JSON($0) }
        object["maxHashtags"] = maxHashtags.map { JSON($0) }
        object["maxSentenceWords"] = maxSentenceWords.map { JSON($0) }
        object["maxReadingLevel"] = maxReadingLevel.map { JSON($0) }
        return .object(object)
    }
}

extension Document {
    var json: JSON {
        var object: JSONObject = [
            "id": .string(id), "brandId": .string(brand.brand), "title": .string(title), "kind": .string(kind.rawValue),
            "format": .string(format.rawValue), "source": .string(source), "state": .string(state.rawValue),
        ]
        object["error"] = error.map(JSON.string)
        object["version"] = JSON(version)
        object["chunks"] = JSON(chunkCount)
        object["contentHash"] = .string(contentHash)
        object["metadata"] = metadata
        object["createdAt"] = createdAt.json
        object["updatedAt"] = updatedAt.json
        return .object(object)
    }
}

extension TextSpan {
    var json: JSON { ["start": JSON(start), "end": JSON(end)] }
}

extension Chunk {
    /// Without the vector.
    var json: JSON {
        var object: JSONObject = [
            "id": .string(id), "documentId": .string(documentID), "version": JSON(version), "ordinal": JSON(ordinal),
            "headingPath": JSON(headingPath), "span": span.json, "text": .string(text), "embeddingModel": .string(embeddingModel),
            "dimensions": JSON(embedding.count), "chunker": .string(chunker),
        ]
        if !context.isEmpty { object["context"] = .string(context) }
        return .object(object)
    }
}

extension Passage {
    package var json: JSON {
        var object: JSONObject = [
            "chunkId": .string(chunkID), "documentId": .string(documentID), "documentTitle": .string(documentTitle),
            "headingPath": JSON(headingPath), "text": .string(text), "span": span.json, "score": .number(score),
            "scores": [
                "vector": vectorScore.map(JSON.number) ?? .null, "text": textScore.map(JSON.number) ?? .null,
            ],
            "metadata": metadata,
        ]
        object["explanation"] = explanation?.json
        return .object(object)
    }
}

extension ScoreExplanation {
    fileprivate var json: JSON {
        var object: JSONObject = [:]
        object["background"] = background.map(JSON.number)
        object["vector"] = vector.map(JSON.number)
        object["bm25"] = bm25.map(JSON.number)
        object["bm25Ceiling"] = ceiling.map(JSON.number)
        object["words"] = .array(words.map { ["word": .string($0.word), "count": JSON($0.count), "score": .number($0.score)] })
        object["vectorWeight"] = vectorWeight.map(JSON.number)
        object["vectorRank"] = vectorRank.map { JSON($0) }
        object["textRank"] = textRank.map { JSON($0) }
        return .object(object)
    }
}
