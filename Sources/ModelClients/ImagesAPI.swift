import JSON
package import Knowledge
import Transfer

/// `POST /images/generations` of an OpenAI-compatible API.
package struct ImagesAPI: ImageModel {
    private let transport: ModelTransport
    private let model: String

    package init(transport: ModelTransport, model: String) {
        self.transport = transport
        self.model = model
    }

    /// Pictures in the answer are taken as bytes only: an address in it could be anybody's.
    package func picture(of prompt: String, size: String) async throws -> (picture: ModelPicture, usage: Usage) {
        var body: JSONObject = ["model": .string(model), "prompt": .string(prompt), "n": 1, "size": .string(size)]
        // The gpt-image models answer in bytes always, and refuse to be asked for it.
        if !model.contains("gpt-image") { body["response_format"] = "b64_json" }
        let call = ModelTransport.Call(path: "/images/generations", model: model, deadline: transport.deadline)
        var usage = Usage()
        usage.imageCalls = 1
        let (request, paid) = (JSON.object(body), usage)
        let picture = try await transport.watch.call(.image, model: model, host: transport.host) { bill in
            try await transport.post(call, request) { response in
                bill(paid)
                return try await Self.read(response)
            }.answer
        }
        return (picture, usage)
    }

    private static func read(_ response: TransferResponse) async throws -> ModelPicture {
        let json: JSON
        do { json = try JSON(parsing: try await response.body.collect()) } catch is JSONSyntaxError {
            throw ModelError(.unavailable, detail: "the answer is not JSON")
        }
        guard let text = json["data"]?.arrayValue?.first?["b64_json"]?.stringValue, let bytes = Base64.decode(text) else {
            throw ModelError(.invalidOutput, detail: "the answer has no b64_json")
        }
        guard let mediaType = PictureFormat.mediaType(of: bytes) else {
            throw ModelError(.invalidOutput, detail: "the answer is no JPEG, PNG, GIF or WebP")
        }
        return ModelPicture(mediaType: mediaType, bytes: bytes)
    }
}
