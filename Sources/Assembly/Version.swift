/// What this build is called.
package enum Version {
    package static let text = "0.8.0"
}
