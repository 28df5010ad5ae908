/// What a server answers to a request.
enum SFTPReply {
    case status(SFTPStatus, message: String)
    case handle([UInt8])
    case data([UInt8])
    case names([SFTPEntry])
    case attributes(SFTPAttributes)
    case extended([UInt8])

    /// nil for what is no reply, or cannot be read.
    init?(_ type: SFTPPacketType, _ fields: inout SFTPReader) {
        switch type {
        case .status:
            guard let code = fields.number() else { return nil }
            // Old servers leave the message out.
            self = .status(SFTPStatus(rawValue: code), message: fields.text() ?? "")
        case .handle:
            guard let handle = fields.string() else { return nil }
            self = .handle(Array(handle))
        case .data:
            guard let data = fields.string() else { return nil }
            self = .data(Array(data))
        case .name:
            guard let count = fields.number() else { return nil }
            var entries: [SFTPEntry] = []
            for _ in 0..<count {
                // Between them what `ls -l` would print.
                guard let name = fields.text(), fields.string() != nil, let attributes = fields.attributes() else {
                    return nil
                }
                entries.append(SFTPEntry(name: name, attributes: attributes))
            }
            self = .names(entries)
        case .attributes:
            guard let attributes = fields.attributes() else { return nil }
            self = .attributes(attributes)
        case .extendedReply: self = .extended(Array(fields.rest))
        default: return nil
        }
    }
}

/// Codes of SSH_FXP_STATUS (section 7); those above 8 are of later versions and sent by some servers all the same.
struct SFTPStatus: RawRepresentable, Equatable {
    let rawValue: UInt32

    static let ok = SFTPStatus(rawValue: 0)
    static let endOfFile = SFTPStatus(rawValue: 1)
    static let noSuchFile = SFTPStatus(rawValue: 2)
    static let failure = SFTPStatus(rawValue: 4)

    var kind: SSHError.Kind {
        switch rawValue {
        case 2, 10: .noSuchFile
        case 3, 12: .permissionDenied
        case 8: .unsupported
        case 11: .fileExists
        case 14, 15: .diskFull
        default: .requestFailed
        }
    }

    /// In the words of the draft.
    var name: String {
        switch rawValue {
        case 0: "ok"
        case 1: "end of file"
        case 2: "no such file"
        case 3: "permission denied"
        case 4: "failure"
        case 5: "bad message"
        case 6: "no connection"
        case 7: "connection lost"
        case 8: "operation unsupported"
        case 10: "no such path"
        case 11: "file already exists"
        case 12: "write protected"
        case 14: "no space left"
        case 15: "quota exceeded"
        default: "status \(rawValue)"
        }
    }
}
