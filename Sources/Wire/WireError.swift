/// Why bytes from the channel were refused. Nothing of a refused message or frame is used.
package enum WireError: Error, Equatable, Sendable {
    /// A message ends before its last value.
    case messageTooShort
    /// Bytes follow the last value of a message.
    case trailingBytes(Int)
    /// A length or count that the message cannot hold.
    case impossibleLength
    /// A varint of more than 64 bits, or one that is not written in its shortest form.
    case malformedNumber
    /// A kind of message, or of a value in it, that this version does not know.
    case unknownKind(UInt8)
    /// A sample that is infinite or not a number.
    case notFinite
    /// A frame or message above `Frame.maximumLength`, in either direction.
    case frameTooLarge(Int)
    /// A key that is not `Frame.keyLength` bytes.
    case wrongKeyLength(Int)
    /// The tag does not fit: altered on the way, or sealed with another key.
    case alteredFrame
    /// A frame that has been opened before.
    case replayedFrame
    /// A frame ahead of its turn: an earlier one is missing.
    case missingFrame
    /// A frame of the other direction came back.
    case reflectedFrame
    /// The channel ended within a frame.
    case cutFrame
    /// The cryptographic library refused an operation.
    case cipherFailed
}

extension WireError: CustomStringConvertible {
    /// Whether a new start of the probe, with a new key, may mend it.
    package var isTransient: Bool {
        switch self {
        case .frameTooLarge, .wrongKeyLength: false
        default: true
        }
    }

    package var description: String { "\(fact); \(mend)" }

    /// What is wrong, without the mend.
    package var fact: String {
        switch self {
        case .messageTooShort: "a message ends before its last value"
        case .trailingBytes(let count): "\(count) bytes follow the end of a message"
        case .impossibleLength: "a message names a length that it cannot hold"
        case .malformedNumber: "a message holds a malformed number"
        case .unknownKind(let kind): "a message is of the unknown kind \(kind)"
        case .notFinite: "a sample is not a finite number"
        case .frameTooLarge(let length): "a frame of \(length) bytes is above the limit of \(Frame.maximumLength)"
        case .wrongKeyLength(let length): "the channel's key has \(length) bytes instead of \(Frame.keyLength)"
        case .alteredFrame: "a frame was altered on its way or sealed with another key"
        case .replayedFrame: "a frame that was received before came again"
        case .missingFrame: "a frame came out of turn, an earlier one is missing"
        case .reflectedFrame: "a frame of the other direction came back"
        case .cutFrame: "the channel ended within a frame"
        case .cipherFailed: "the cryptographic library refused an operation"
        }
    }

    private var mend: String {
        switch self {
        case .messageTooShort, .trailingBytes, .impossibleLength, .malformedNumber, .unknownKind, .notFinite:
            "the other side runs another version of metricsd or is not the probe: start the probe again"
        case .frameTooLarge: "ask for less at once, e.g. lower the commands' output limits"
        case .wrongKeyLength: "send a key of the right length first"
        case .alteredFrame, .replayedFrame, .missingFrame, .reflectedFrame:
            "start the probe again, and look who can write to the connection if it happens again"
        case .cutFrame: "look why the probe or the connection ended, then start the probe again"
        case .cipherFailed: "look whether OpenSSL offers AES-256-GCM and memory is free"
        }
    }
}
