import LogBatches

/// Names on the receiver: of files that are being written, and of those that stand beside another with their name.
enum DeliveredName {
    /// Hidden, in the same directory, and telling whose it is: `.FILE.JOURNAL-BATCH.part`.
    static func temporary(of batch: LogBatch, journal: String) -> String {
        ".\(batch.fileName).\(owner(journal))-\(batch.id).part"
    }

    /// What a journal puts into its temporary names.
    static func owner(_ journal: String) -> String {
        String(journal.filter { $0 != "-" }.prefix(8))
    }

    /// The batch that a temporary name is of; nil for another journal's and for any other name.
    static func batch(ofTemporary name: String, journal: String) -> Int64? {
        guard name.hasPrefix("."), name.hasSuffix(".part") else { return nil }
        let stem = name.dropFirst().dropLast(5)
        guard let dot = stem.lastIndex(of: ".") else { return nil }
        let parts = stem[stem.index(after: dot)...].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == owner(journal) else { return nil }
        return Int64(parts[1])
    }

    /// Whether it is a temporary name of this batch, whichever journal gave it: one takes a new id when it was restored.
    static func isTemporary(_ name: String, of batch: LogBatch) -> Bool {
        name.hasPrefix(".\(batch.fileName).") && name.hasSuffix("-\(batch.id).part")
    }

    /// What a batch may be called, the first that is free: its own name, then with the begin of its hash.
    static func candidates(of batch: LogBatch) -> [String] {
        let name = batch.fileName
        guard let sha256 = batch.sha256 else { return [name] }
        let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
        let lengths = stride(from: 8, through: 40, by: 8)
        return [name] + lengths.map { "\(name[..<dot])-\(sha256.prefix($0))\(name[dot...])" }
    }
}
