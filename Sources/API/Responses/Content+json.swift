package import Generation
package import JSON
package import Knowledge

extension Plan {
    package func json(posts: [CitedPost]) -> JSON {
        [
            "id": .string(id), "brandId": .string(brand.brand), "state": .string(state.rawValue),
            "period": ["start": .string(brief.start.description), "days": JSON(brief.days)],
            "timeZone": .string(brief.timeZone), "language": .string(brief.language), "onFailure": .string(brief.onFailure.rawValue),
            "channels": .array(
                brief.channels.map {
                    ["platform": .string($0.platform), "contentTypes": JSON($0.contentTypes), "share": .number($0.share)]
                }),
            "goals": JSON(brief.goals),
            "events": .array(brief.events.map { ["date": .string($0.date.description), "name": .string($0.name)] }),
            "mediaIds": JSON(brief.mediaIDs),
            "pictures": .array(
                pictures.map {
                    ["mediaId": .string($0.mediaID), "description": .string($0.description), "altText": .string($0.altText)]
                }),
            "pillars": .array(
                pillars.map {
                    [
                        "name": .string($0.name), "rationale": .string($0.rationale), "share": .number($0.share),
                        "evidence": JSON($0.evidence),
                    ]
                }),
            "slots": .array(slots.map(\.json)), "posts": .array(posts.map(\.json)), "usage": usage.json,
            "operationId": .string(operationID), "createdAt": createdAt.json, "updatedAt": updatedAt.json,
        ]
    }
}

extension Slot {
    var json: JSON {
        var object: JSONObject = ["id": .string(id), "platform": .string(platform), "contentType": .string(contentType)]
        object["scheduledAt"] = scheduledAt.json
        object["pillar"] = .string(pillar)
        object["brief"] = .string(brief)
        object["mediaId"] = mediaID.map(JSON.string)
        return .object(object)
    }
}

extension CitedPost {
    package var json: JSON { .object(post.members(isCurrent: isCurrent, isOutdated: isOutdated)) }
}

extension Post {
    fileprivate func members(isCurrent: [Bool], isOutdated: Bool) -> JSONObject {
        var object: JSONObject = ["id": .string(id), "brandId": .string(brand.brand)]
        object["planId"] = planID.map(JSON.string)
        object["slotId"] = .string(slotID)
        object["revision"] = JSON(revision)
        object["state"] = .string(state.rawValue)
        object["outdated"] = .bool(isOutdated)
        object["platform"] = .string(platform)
        object["contentType"] = .string(contentType)
        object["scheduledAt"] = scheduledAt?.json
        object["pillar"] = .string(pillar)
        object["brief"] = .string(inputs.brief)
        object["language"] = .string(inputs.language)
        object["instruction"] = inputs.instruction.isEmpty ? nil : .string(inputs.instruction)
        object["text"] = .string(text)
        object["hashtags"] = JSON(hashtags)
        object["slides"] = slides.map { JSON($0) }
        object["script"] = script.map(JSON.string)
        object["altText"] = .string(altText)
        object["callToAction"] = .string(callToAction)
        object["media"] = mediaID.map { ["brief": .string(mediaBrief), "mediaId": .string($0)] } ?? ["brief": .string(mediaBrief)]
        object["citations"] = .array(zip(citations, isCurrent).map { $0.json(isCurrent: $1) })
        object["checks"] = .array(
            checks.map { ["rule": .string($0.rule), "status": .string($0.status.rawValue), "detail": .string($0.detail)] })
        object["voice"] = voice?.json
        object["payload"] = payload
        object["provenance"] = provenance.json
        object["createdAt"] = createdAt.json
        object["editedAt"] = editedAt?.json
        return object
    }
}

extension Post.Voice {
    var json: JSON {
        var object: JSONObject = ["bannedTerms": JSON(bannedTerms), "missingTerms": JSON(missingTerms)]
        object["emoji"] = JSON(emoji)
        object["hashtags"] = JSON(hashtags)
        object["persons"] = persons.map {
            ["firstSingular": JSON($0.firstSingular), "firstPlural": JSON($0.firstPlural), "second": JSON($0.second)]
        }
        object["sentenceLength"] = .number(sentenceLength)
        object["longestSentence"] = JSON(longestSentence)
        object["readingLevel"] = .number(readingLevel)
        object["similarity"] = similarity.map(JSON.number)
        object["nearestPast"] = nearestPast.map { ["chunkId": .string($0.id), "resemblance": .number($0.resemblance)] }
        object["nearestInPlan"] = nearestInPlan.map { ["postId": .string($0.id), "resemblance": .number($0.resemblance)] }
        return .object(object)
    }
}

extension Post.Citation {
    fileprivate func json(isCurrent: Bool) -> JSON {
        [
            "span": span.json, "quote": .string(quote), "chunkId": .string(chunkID), "documentId": .string(documentID),
            "documentTitle": .string(documentTitle), "verified": .bool(verified), "current": .bool(isCurrent),
        ]
    }
}

extension CitedPost {
    /// In the list of the posts that cite a document.
    var listedJSON: JSON {
        var object: JSONObject = ["postId": .string(post.id)]
        object["planId"] = post.planID.map(JSON.string)
        object["state"] = .string(post.state.rawValue)
        object["platform"] = .string(post.platform)
        object["contentType"] = .string(post.contentType)
        object["scheduledAt"] = post.scheduledAt?.json
        object["outdated"] = .bool(isOutdated)
        object["citations"] = .array(zip(post.citations, isCurrent).map { $0.json(isCurrent: $1) })
        return .object(object)
    }
}

extension Post.Provenance {
    var json: JSON {
        let hashes = templates.sorted { $0.key < $1.key }.map { JSONObject.Member(key: $0.key, value: .string($0.value)) }
        return [
            "templates": .object(JSONObject(hashes)), "model": .string(model), "retrieved": JSON(retrieved), "usage": usage.json,
            "attempts": JSON(attempts),
        ]
    }
}
