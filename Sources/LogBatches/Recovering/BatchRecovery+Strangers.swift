import CLinux

extension BatchRecovery {
    /// Files by the folder that they are in.
    private struct KnownFiles {
        private var names: [[String]: Set<String>] = [:]
        var logs: [[String]: (host: String, log: String)] = [:]

        init(_ batches: [LogBatch]) {
            for batch in batches {
                let folders = BatchFolder.folders(host: batch.host, log: batch.log, place: .waiting)
                names[folders, default: []].insert(batch.fileName)
                logs[folders] = (batch.host, batch.log)
            }
        }

        func has(_ name: String, in log: [String]) -> Bool {
            guard let known = names[log] else { return false }
            if known.contains(name) { return true }
            let ending = BatchFolder.compressedEnding
            return name.hasSuffix(ending) && known.contains(String(name.dropLast(ending.count)))
        }

        /// The name that a file had before it was being removed, where its batch is still there.
        func retired(_ name: String, in log: [String]) -> String? {
            let former = String(name.dropFirst().dropLast(BatchFolder.retiredEnding.count))
            return has(former, in: log) ? former : nil
        }
    }

    /// Removes what is half made, brings back what was only about to be removed, and sets aside what is nobody's.
    mutating func putAway(beside batches: [LogBatch]) throws(BatchError) {
        let known = KnownFiles(batches)
        let root = [BatchFolder.root]
        guard let top = try folder.openFolder(root, creating: false, for: "look through") else { return }
        try putAway(in: top, at: root, host: "", log: "") { _, _ in false }
        for host in try folders(in: top, at: root) {
            let hostPath = root + [host]
            guard let hostFolder = try folder.openFolder(hostPath, creating: false, for: "look through") else {
                continue
            }
            try putAway(in: hostFolder, at: hostPath, host: host, log: "") { _, _ in false }
            for log in try folders(in: hostFolder, at: hostPath) {
                let logPath = hostPath + [log]
                let names = known.logs[logPath] ?? (host, log)
                for place in BatchFolder.Place.allCases {
                    let path = place == .waiting ? logPath : logPath + [place.rawValue]
                    guard let opened = try folder.openFolder(path, creating: false, for: "look through") else {
                        continue
                    }
                    try putAway(in: opened, at: path, host: names.host, log: names.log) { name, status in
                        if status.is_folder != 0 {
                            return place == .waiting && (name == "sent" || name == "failed")
                        }
                        if status.is_regular != 0, name.hasPrefix("."), name.hasSuffix(BatchFolder.compressingEnding) {
                            return files_remove(opened.descriptor, name) == 0
                        }
                        if status.is_regular != 0, name.hasPrefix("."), name.hasSuffix(BatchFolder.retiredEnding) {
                            guard let former = known.retired(name, in: logPath) else {
                                return files_remove(opened.descriptor, name) == 0
                            }
                            return files_move(opened.descriptor, name, opened.descriptor, former) == 0
                        }
                        return status.is_regular != 0 && known.has(name, in: logPath)
                    }
                }
            }
        }
    }

    private func folders(in opened: OpenFile, at path: [String]) throws(BatchError) -> [String] {
        try entries(of: opened, at: path).filter { opened.status(of: $0)?.is_folder == 1 }.sorted()
    }

    private func entries(of opened: OpenFile, at path: [String]) throws(BatchError) -> [String] {
        let (names, result) = opened.entries()
        guard result == 0 else {
            let path = ([folder.stateDirectory] + path).joined(separator: "/")
            throw BatchError("look through", path: path, number: -result)
        }
        return names
    }

    /// Sets aside what does not belong into a folder. Folders of hosts and logs are left, though they may be nobody's.
    private mutating func putAway(
        in opened: OpenFile,
        at path: [String],
        host: String,
        log: String,
        unless belongs: (_ name: String, _ status: files_status) -> Bool
    ) throws(BatchError) {
        var moved: [String] = []
        var failure: BatchError?
        for name in try entries(of: opened, at: path).sorted() {
            guard let status = opened.status(of: name) else { continue }
            if status.is_folder != 0, path.count < 3 { continue }
            if belongs(name, status) { continue }
            do throws(BatchError) {
                _ = try folder.setAside(name, in: opened, at: path)
                moved.append(name)
            } catch {
                failure = error
            }
        }
        let place = ([folder.stateDirectory] + path).joined(separator: "/")
        let kept = "\(folder.stateDirectory)/\(BatchFolder.setAside)/\(path.joined(separator: "/"))"
        if !moved.isEmpty {
            let shown = moved.prefix(3).joined(separator: ", ") + (moved.count > 3 ? "…" : "")
            let text =
                moved.count == 1
                ? "a file that the journal does not know" : "\(moved.count) files that the journal does not know"
            findings.append(
                BatchFinding(
                    host: host,
                    log: log,
                    path: place,
                    text: "\(text) (\(shown)) was moved to \(kept)",
                    mend: "Remove it there, or put it where it belongs",
                    isAltered: false
                )
            )
        }
        if let failure {
            findings.append(
                BatchFinding(
                    host: host,
                    log: log,
                    path: failure.path,
                    text: "what the journal does not know cannot be set aside: \(failure.text)",
                    mend: failure.mend,
                    isAltered: false
                )
            )
        }
    }
}
