/// Where batches' files lie: `STATE/logs/HOST/NAME/FILE` while they are open or wait, in `sent/` and `failed/` there
/// afterwards, and with `.gz` behind once compressed.
///
/// The journal's state says where a file should be; where it is after a crash is found by looking in all of them. Folders
/// have mode 0700, files 0600. Symbolic links are not followed below the state directory, and no file that is there is
/// written over.
package struct BatchFolder: Sendable {
    package let stateDirectory: String

    package init(stateDirectory: String) {
        self.stateDirectory = stateDirectory
    }

    /// Where the file should lie by its state.
    package func path(of batch: LogBatch) -> String { "\(stateDirectory)/\(relativePath(of: batch))" }

    /// In the state directory.
    package func relativePath(of batch: LogBatch) -> String {
        relativePath(of: batch, in: Place(batch.state), isCompressed: batch.isCompressed)
    }

    /// Where the file lies; nil where there is none. Where the plain and the compressed one are, it is what the batch says.
    /// Blocks for the disk.
    package func locate(_ batch: LogBatch) -> String? {
        guard let found = (try? find(batch))?.first else { return nil }
        return path(of: batch, in: found.place, isCompressed: found.isCompressed)
    }

    // MARK: Names

    static let root = "logs"
    static let compressedEnding = ".gz"

    /// The folder of a log that a file is in.
    enum Place: String, CaseIterable {
        case waiting = ""
        case sent
        case failed

        init(_ state: LogBatch.State) {
            switch state {
            case .open, .closed: self = .waiting
            case .sent: self = .sent
            case .failed: self = .failed
            }
        }
    }

    /// Below the state directory, the last one for the place.
    static func folders(host: String, log: String, place: Place) -> [String] {
        let folders = [root, entryName(host), entryName(log)]
        return place == .waiting ? folders : folders + [place.rawValue]
    }

    func relativePath(of batch: LogBatch, in place: Place, isCompressed: Bool) -> String {
        let folders = Self.folders(host: batch.host, log: batch.log, place: place).joined(separator: "/")
        return "\(folders)/\(Self.fileName(batch, isCompressed: isCompressed))"
    }

    func path(of batch: LogBatch, in place: Place, isCompressed: Bool) -> String {
        "\(stateDirectory)/\(relativePath(of: batch, in: place, isCompressed: isCompressed))"
    }

    static func fileName(_ batch: LogBatch, isCompressed: Bool) -> String {
        isCompressed ? batch.fileName + compressedEnding : batch.fileName
    }

    /// While a file is being compressed.
    static func compressingName(_ batch: LogBatch) -> String { ".\(batch.fileName)\(compressingEnding)" }
    static let compressingEnding = ".gz.new"

    /// While a file is being removed.
    static func retiredName(_ batch: LogBatch, isCompressed: Bool) -> String {
        ".\(fileName(batch, isCompressed: isCompressed))\(retiredEnding)"
    }
    static let retiredEnding = ".removed"

    /// A name as a folder's: what is no portable character becomes `%` and its number, so that no two names share one.
    static func entryName(_ name: String) -> String {
        var entry = ""
        for byte in name.utf8 {
            if BatchName.isPortable(byte), !(entry.isEmpty && byte == UInt8(ascii: ".")) {
                entry.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                entry += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        if entry.isEmpty { return "%" }
        // NAME_MAX is 255. A `%` is followed by digits elsewhere.
        return entry.utf8.count <= 200
            ? entry : "\(entry.prefix(120))%-\(RunningHash.hexadecimal(of: Array(name.utf8)))"
    }
}
