import Foundation
import Journal
import TestServers

/// Several machines behind one sshd: which one answers depends on the address that is connected to.
///
/// A probe that is started at an address gets an `/etc` of its own, in a mount namespace (`man 2 unshare`), with the
/// machine-id of the machine that stands there at that moment. Needs root.
final class Machines {
    static let a = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    static let b = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

    let folder: TestFolder

    init() throws {
        folder = try TestFolder("machines")
        try folder.file(
            "wrapper",
            """
            address=${SSH_CONNECTION#* * }; address=${address% *}
            case $SSH_ORIGINAL_COMMAND in
            *--serve)
              mkdir -p "\(folder.path)/$$"
              cp "\(folder.path)/$address" "\(folder.path)/$$/machine-id"
              exec unshare --mount sh -c "mount --bind \(folder.path)/$$ /etc && $SSH_ORIGINAL_COMMAND";;
            *) exec sh -c "$SSH_ORIGINAL_COMMAND";;
            esac

            """
        )
    }

    /// For the sshd: every session passes through the wrapper.
    func options(addresses: [String] = ["127.0.0.1"]) -> SSHServer.Options {
        var options = SSHServer.Options()
        options.listenAddresses = addresses
        options.matches = ["Match all", "ForceCommand sh \(folder.path)/wrapper"]
        return options
    }

    /// From the next connection on.
    /// - Parameter machineID: what its `/etc/machine-id` holds; `uninitialized` for one that has none yet.
    func put(_ machineID: String, at address: String = "127.0.0.1") throws {
        try folder.file(address, "\(machineID)\n")
    }
}

extension Fleet {
    /// Ends the connections of all hosts.
    func disconnect() {
        for process in sshd.connectionProcesses() { kill(process, SIGKILL) }
    }

    /// Waits until a host is refused, and was tried again since.
    func waitUntilRefused(_ host: String) throws {
        try wait("refusal of \(host)") { status(of: host)?.state == .refused }
    }

    func waitUntilUp(_ host: String) throws {
        try wait("rows of \(host)") { status(of: host)?.state == .up }
    }
}
