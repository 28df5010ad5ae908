import CLinux

extension BatchWriter {
    enum Opening {
        case ready(OpenFile)
        /// One sentence without a full stop.
        case altered(String)
    }

    /// The batch's file, at whose end the batch's content ends.
    func openToWrite(_ index: Int) throws(BatchError) -> Opening {
        let path = folder.path(of: batches[index].batch)
        if let file = batches[index].file {
            guard let status = file.status() else { throw BatchError("append", path: path, number: EIO) }
            return try check(index, file, status)
        }
        makeRoomForDescriptor()
        let names = BatchFolder.folders(host: host, log: log, place: .waiting)
        guard let log = try folder.openFolder(names, creating: true, for: "append") else {
            throw BatchError("append", path: path, number: ENOENT)
        }
        let name = batches[index].batch.fileName
        if batches[index].isWithoutFile { try setAside(name, in: log, names) }
        let descriptor = files_open_to_write(log.descriptor, name)
        if descriptor == -ENOENT {
            guard batches[index].batch.byteCount == 0 else { return .altered(BatchFolder.removed) }
            return .ready(try create(index, in: log))
        }
        if descriptor == -ELOOP { return .altered("the file was replaced by a symbolic link") }
        if descriptor == -EISDIR || descriptor == -ENXIO { return .altered("the file was replaced by something else") }
        guard descriptor >= 0 else { throw BatchError("append", path: path, number: -descriptor) }
        let file = OpenFile(descriptor)
        guard let status = file.status() else { throw BatchError("append", path: path, number: EIO) }
        let opening = try check(index, file, status)
        if case .ready = opening {
            batches[index].file = file
            batches[index].identity = FileIdentity(status)
        }
        return opening
    }

    private func check(_ index: Int, _ file: OpenFile, _ status: files_status) throws(BatchError) -> Opening {
        let batch = batches[index].batch
        guard status.is_regular != 0 else { return .altered("the file was replaced by something else") }
        guard status.links > 0 else { return .altered("the file was removed or replaced") }
        if let identity = batches[index].identity, identity != FileIdentity(status) {
            return .altered("the file was replaced by another one")
        }
        if status.size > batch.byteCount, batches[index].mayHoldMore {
            let result = files_cut(file.descriptor, batch.byteCount)
            guard result == 0 else { throw BatchError("cut", path: folder.path(of: batch), number: -result) }
        } else if let text = folder.alteration(of: batch, size: status.size) {
            return .altered(text)
        }
        batches[index].mayHoldMore = false
        return .ready(file)
    }

    private func create(_ index: Int, in log: OpenFile) throws(BatchError) -> OpenFile {
        let batch = batches[index].batch
        let descriptor = files_create(log.descriptor, batch.fileName)
        guard descriptor >= 0 else {
            throw BatchError("create", path: folder.path(of: batch), number: -descriptor)
        }
        let file = OpenFile(descriptor)
        batches[index].file = file
        batches[index].identity = file.status().map { FileIdentity($0) }
        batches[index].isWithoutFile = false
        hasNewFiles = true
        return file
    }

    /// A new batch's name is free in the journal: what has it is nobody's.
    private func setAside(_ name: String, in log: OpenFile, _ folders: [String]) throws(BatchError) {
        guard log.status(of: name) != nil else { return }
        let kept = try folder.setAside(name, in: log, at: folders)
        findings.append(
            BatchFinding(
                host: host,
                log: self.log,
                path: "\(folder.stateDirectory)/\(folders.joined(separator: "/"))/\(name)",
                text: "a file that metricsd has not written was in the place of a new one; it was moved to \(kept)",
                mend: "Remove it there, or put it where it belongs",
                isAltered: false
            )
        )
    }

    /// The file that this writer has written before, whatever it holds by now.
    func written(_ index: Int, for operation: String) throws(BatchError) -> OpenFile {
        if let file = batches[index].file { return file }
        let batch = batches[index].batch
        let names = BatchFolder.folders(host: host, log: log, place: .waiting)
        guard let log = try folder.openFolder(names, creating: false, for: operation) else {
            throw folder.missing(batch, operation)
        }
        let descriptor = files_open_to_write(log.descriptor, batch.fileName)
        guard descriptor >= 0 else {
            throw BatchError(operation, path: folder.path(of: batch), number: -descriptor)
        }
        let file = OpenFile(descriptor)
        guard let status = file.status(), FileIdentity(status) == batches[index].identity else {
            throw folder.missing(batch, operation)
        }
        return file
    }

    private func makeRoomForDescriptor() {
        let open = batches.indices.filter { batches[$0].file != nil }
        guard open.count >= Self.descriptorLimit else { return }
        guard let oldest = open.min(by: { batches[$0].turn < batches[$1].turn }) else { return }
        batches[oldest].file = nil
    }
}
