// ModelClients: the models of Knowledge behind any OpenAI-compatible API. It turns statuses, timers and bad
// answers into `ModelError`; nothing above it knows an API's field.

import Foundation
package import Knowledge
package import Transfer

/// Where an API is and who asks.
package struct ModelEndpoint: Sendable {
    /// With or without a slash at the end; paths such as `/chat/completions` are put behind it.
    package var baseURL: String
    package var apiKey: Secret
    package var timeouts: TransferTimeouts
    /// Requests in flight at once; further ones wait within their deadline.
    package var maximumConcurrency: Int

    package init(baseURL: String, apiKey: Secret, timeouts: TransferTimeouts, maximumConcurrency: Int) {
        self.baseURL = baseURL
        self.apiKey = apiKey
        self.timeouts = timeouts
        self.maximumConcurrency = maximumConcurrency
    }

    var host: String { URL(string: baseURL)?.host() ?? "" }

    func url(_ path: String) -> String { (baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL) + path }
}
