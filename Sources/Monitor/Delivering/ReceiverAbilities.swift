/// What a receiver does beside SFTP; nil where it was not tried yet.
struct ReceiverAbilities {
    /// It runs `openssl` or `sha256sum`. `internal-sftp` as a forced command does not.
    var runsCommands: Bool?
    /// It serves SFTP a second time over the same connection.
    var servesSecondSFTP: Bool?
}
