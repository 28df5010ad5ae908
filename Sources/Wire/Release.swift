/// What `--version` says. The server and the probe are released together.
package enum Release {
    package static let version = "0.1.0"
}
