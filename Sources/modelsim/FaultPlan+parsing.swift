import HTTPTypes
import JSON

/// Why a description of faults is refused, in one sentence.
struct FaultPlanError: Error, Hashable, CustomStringConvertible {
    var description: String
}

extension FaultPlan {
    /// Reads `{"faults": [{"match": {…}, "skip": 0, "times": 1, "action": {"type": …}}]}`.
    init(parsing bytes: [UInt8], seed: UInt64) throws(FaultPlanError) {
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch {
            throw FaultPlanError(description: "The faults are not JSON: \(error).")
        }
        guard let faults = json["faults"]?.arrayValue, json.objectValue?.count == 1 else {
            throw FaultPlanError(description: "The faults must be an object with the one member \"faults\", an array.")
        }
        var rules: [FaultRule] = []
        for (index, fault) in faults.enumerated() {
            rules.append(try FaultReader(name: "Fault \(index + 1)").rule(fault))
        }
        self.init(rules: rules, seed: seed)
    }
}

/// Reads one fault and names it in its complaints.
private struct FaultReader {
    let name: String

    func rule(_ json: JSON) throws(FaultPlanError) -> FaultRule {
        let fault = try object(json, "must be an object", keys: ["match", "skip", "times", "probability", "action"])
        let match = try object(
            fault["match"] ?? .object([:]), "\"match\" must be an object", keys: ["path", "model", "contains"])
        guard let action = fault["action"] else { throw error("has no \"action\"") }
        return FaultRule(
            path: try text(match, "path"), model: try text(match, "model"), contains: try text(match, "contains"),
            trigger: try trigger(fault), action: try self.action(action))
    }

    private func trigger(_ fault: JSONObject) throws(FaultPlanError) -> FaultRule.Trigger {
        if let probability = fault["probability"] {
            guard fault["skip"] == nil, fault["times"] == nil else {
                throw error("must have either \"probability\" or \"skip\" and \"times\", not both")
            }
            guard let value = probability.doubleValue, (0...1).contains(value) else {
                throw error("\"probability\" must be a number from 0 to 1")
            }
            return .probability(value)
        }
        let skip = try number(fault, "skip", default: 0, least: 0)
        let times = try number(fault, "times", default: 1, least: -1)
        return .counted(skip: skip, times: times == -1 ? nil : times)
    }

    private func action(_ json: JSON) throws(FaultPlanError) -> FaultAction {
        let action = try object(json, "\"action\" must be an object", keys: ["type", "status", "body", "headers", "ms"])
        switch action["type"]?.stringValue {
        case "status"?:
            let status = try number(action, "status", default: 500, least: 200)
            guard status <= 599 else { throw error("\"status\" must be from 200 to 599") }
            return .status(status, body: action["body"], headers: try headers(action["headers"]))
        case "delay"?: return .delay(try milliseconds(action))
        case "comments"?: return .comments(try milliseconds(action))
        case "hang"?: return .hang
        case "close"?: return .close
        case "truncate"?: return .truncate
        case "badJSON"?: return .badJSON
        case "length"?: return .length
        case "contentFilter"?: return .contentFilter
        case "refusal"?: return .refusal
        case "streamError"?: return .streamError
        case "noDone"?: return .noDone
        default:
            throw error(
                "\"type\" must be one of status, delay, hang, close, truncate, badJSON, length, contentFilter, refusal, "
                    + "streamError, noDone, comments")
        }
    }

    private func headers(_ json: JSON?) throws(FaultPlanError) -> HTTPFields {
        guard let json else { return [:] }
        guard let object = json.objectValue else { throw error("\"headers\" must be an object") }
        var fields = HTTPFields()
        for member in object {
            guard let name = HTTPField.Name(member.key), let value = member.value.stringValue else {
                throw error("header \"\(member.key)\" must have a valid name and a string for its value")
            }
            fields[name] = value
        }
        return fields
    }

    private func milliseconds(_ action: JSONObject) throws(FaultPlanError) -> Int {
        guard action["ms"] != nil else { throw error("has no \"ms\"") }
        let value = try number(action, "ms", default: 0, least: 0)
        guard value <= 600_000 else { throw error("\"ms\" must be at most 600000") }
        return value
    }

    private func object(_ json: JSON, _ complaint: String, keys: [String]) throws(FaultPlanError) -> JSONObject {
        guard let object = json.objectValue else { throw error(complaint) }
        if let unknown = object.keys.first(where: { !keys.contains($0) }) { throw error("has the unknown member \"\(unknown)\"") }
        return object
    }

    private func text(_ object: JSONObject, _ key: String) throws(FaultPlanError) -> String? {
        guard let value = object[key] else { return nil }
        guard let text = value.stringValue else { throw error("\"\(key)\" must be a string") }
        return text
    }

    private func number(_ object: JSONObject, _ key: String, default: Int, least: Int) throws(FaultPlanError) -> Int {
        guard let value = object[key] else { return `default` }
        guard let number = value.integerValue, number >= least else {
            throw error("\"\(key)\" must be a whole number of at least \(least)")
        }
        return number
    }

    private func error(_ complaint: String) -> FaultPlanError { FaultPlanError(description: "\(name) \(complaint).") }
}
