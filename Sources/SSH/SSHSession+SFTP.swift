import CLibSSH2

extension SSHSession {
    /// How long a server may take to greet; one that has no SFTP may say nothing at all.
    private static let greetingTime = Duration.seconds(5)

    /// Whether an SFTP server really answers here.
    ///
    /// libssh2_sftp_init(3) waits until the deadline when the program behind the subsystem is missing or prints
    /// something else (a talkative shell profile), and the session is of no use then. So the first packets are exchanged
    /// on a channel of our own: SSH_FXP_INIT, answered by SSH_FXP_VERSION (draft-ietf-secsh-filexfer-02, section 4).
    func hasSFTP(until deadline: ContinuousClock.Instant) throws(SSHError) -> Bool {
        // dropbear (seen in 2022.83) dies when a channel is closed whose program still runs, as libssh2 does after SFTP:
        // "Failed assertion !channel->sent_close".
        if let pointer, let banner = libssh2_session_banner_get(pointer), String(cString: banner).contains("dropbear") {
            return false
        }
        do throws(SSHError) {
            let channel = try start("sftp", as: "subsystem", deadline: deadline)
            defer { channel.close(deadline: min(deadline, .now + .seconds(1))) }
            let greeting = try greeting(on: channel, until: min(deadline, .now + SSHSession.greetingTime))
            // A length that a greeting may have, and its type.
            guard greeting.count >= 5, greeting[0] == 0, greeting[1] == 0, greeting[4] == 2 else { return false }
            try channel.finishInput(deadline: deadline)
            _ = try channel.waitForExit(deadline: deadline)
            return true
        } catch {
            if error.kind == .commandRefused { return false }
            // The step that the caller asked for is the upload.
            throw SSHError(
                target,
                .upload,
                error.kind,
                code: error.code,
                libraryText: error.libraryText,
                detail: error.detail
            )
        }
    }

    /// What comes first; less than five bytes where the channel ends, or nothing comes in time.
    private func greeting(
        on channel: SSHChannel,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) -> [UInt8] {
        var greeting: [UInt8] = []
        do throws(SSHError) {
            try channel.write([0, 0, 0, 5, 1, 0, 0, 0, 3], deadline: deadline)
            while greeting.count < 5 {
                guard try channel.read(appendingTo: &greeting, deadline: deadline) > 0 else { break }
            }
        } catch {
            switch CInt(clamping: error.code) {
            case LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT:
                // The program is gone, and with it the channel; the connection is not.
                isUsable = true
            default:
                guard error.kind == .timedOut, isUsable else { throw error }
            }
        }
        return greeting
    }
}
