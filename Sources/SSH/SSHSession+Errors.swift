import CLibSSH2

extension SSHSession {
    /// The error for a code that a call of libssh2 gave; marks the session unusable where the connection is gone.
    func error(_ step: SSHError.Step, _ code: Int, detail: String = "", mend: String? = nil) -> SSHError {
        let text = pointer.map(LibSSH2.lastErrorText) ?? ""
        let kind = kind(step, CInt(clamping: code))
        switch kind {
        case .channelRefused, .commandRefused, .uploadRefused, .diskFull, .authenticationRefused: break
        default: isUsable = false
        }
        if context.isCut, pointer != nil {
            return SSHError(target, step, interrupt.isRaised ? .interrupted : .timedOut)
        }
        return SSHError(target, step, kind, code: code, libraryText: text, detail: detail, mend: mend)
    }

    private func kind(_ step: SSHError.Step, _ code: CInt) -> SSHError.Kind {
        switch code {
        case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_SEND,
            LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT:
            step == .handshake ? .closedDuringHandshake : .connectionLost
        case LIBSSH2_ERROR_TIMEOUT, LIBSSH2_ERROR_SOCKET_TIMEOUT: .timedOut
        case LIBSSH2_ERROR_CHANNEL_FAILURE where step == .open: .channelRefused
        case LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED: .commandRefused
        case LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_METHOD_NONE, LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
            step == .handshake ? .noCommonAlgorithm : .failed
        case LIBSSH2_ERROR_BANNER_RECV, LIBSSH2_ERROR_BANNER_NONE: .notSSH
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED: .authenticationRefused
        default: .failed
        }
    }
}
