import Foundation

/// One probe executable, as it is uploaded.
package struct ProbeFile: Sendable {
    /// `uname -m` of the hosts it runs on.
    package let architecture: String
    /// Content-addressed: another content has another name, so an upload never changes a file that runs.
    package let name: String
    package let bytes: [UInt8]
    /// Where it lies here; empty for one that was made up.
    package let path: String
}

/// The probe executables that travel with the program, read once at the start.
package struct ProbeFiles: Sendable {
    /// No probe was found, or one cannot be read.
    package struct Missing: Error, CustomStringConvertible {
        package let description: String
    }

    /// What `uname -m` prints where one of our probes runs.
    static let architectures = ["x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"]

    package let files: [ProbeFile]

    /// Looks beside the executable, then in `../lib/metricsd`. Blocks for reading.
    ///
    /// `swift build` leaves the build machine's own probe as `metricsd-probe`, without an architecture in its name.
    package init(executable: String? = nil) throws(Missing) {
        let program = executable ?? (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = URL(fileURLWithPath: program).deletingLastPathComponent()
        let folders = [
            folder, folder.appendingPathComponent("../lib/metricsd"), folder.appendingPathComponent("../../probes"),
        ].map { $0.standardizedFileURL.path }
        var found: [ProbeFile] = []
        for architecture in ["x86_64", "aarch64"] {
            var names = ["metricsd-probe-\(architecture)"]
            if architecture == Self.ownArchitecture { names.append("metricsd-probe") }
            let paths = folders.flatMap { folder in names.map { "\(folder)/\($0)" } }
            guard let path = Self.newest(of: paths) else { continue }
            guard let bytes = FileManager.default.contents(atPath: path), !bytes.isEmpty else {
                throw Missing(description: "the probe \(path) cannot be read; check its permissions or install it anew")
            }
            found.append(ProbeFile(architecture: architecture, bytes: [UInt8](bytes), path: path))
        }
        guard !found.isEmpty else {
            throw Missing(
                description:
                    "no probe found in \(folders.joined(separator: ", ")); build them with scripts/build-probes "
                    + "or keep metricsd-probe-x86_64 and metricsd-probe-aarch64 beside metricsd"
            )
        }
        files = found
    }

    /// In a build folder several may lie: the last one built is the one that fits the program.
    private static func newest(of paths: [String]) -> String? {
        var newest: (path: String, made: Date)?
        for path in paths {
            let made = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            if let made, newest.map({ made > $0.made }) ?? true { newest = (path, made) }
        }
        return newest?.path
    }

    /// The probe for a host's `uname -m`, or nil where there is none.
    package func file(forMachine machine: String) -> ProbeFile? {
        guard let architecture = Self.architectures[machine] else { return nil }
        return files.first { $0.architecture == architecture }
    }

    private static var ownArchitecture: String {
        #if arch(arm64)
            "aarch64"
        #else
            "x86_64"
        #endif
    }
}

extension ProbeFile {
    init(architecture: String, bytes: [UInt8], path: String = "") {
        self.init(
            architecture: architecture,
            name: "metricsd-probe-\(architecture)-\(contentName(of: bytes))",
            bytes: bytes,
            path: path
        )
    }
}

/// FNV-1a over 64 bits (Fowler, Noll, Vo), in hexadecimal. It tells our own versions apart; nobody else can write into
/// the directory it is used in, so it need not withstand an attacker.
private func contentName(of bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
