import Mail
import Secrets
import TestServers

extension SMTPServer {
    /// Settings that reach this server.
    func settings(
        _ encryption: SMTPSettings.Server.Encryption = .startTLS,
        user: String? = nil,
        password: String? = nil,
        trusted: Bool = false
    ) throws -> SMTPSettings {
        SMTPSettings(
            server: .init(encryption: encryption, host: "127.0.0.1", port: port),
            from: try MailAddress(parsing: "metricsd@example.org"),
            user: user,
            password: password.map { Secret(.inline($0)) },
            certificateAuthorityFile: trusted ? certificateAuthority : nil,
            connectTimeout: .seconds(5),
            timeout: .seconds(10)
        )
    }
}

extension MailMessage {
    static func example(
        to recipients: [String] = ["ops@example.org"],
        subject: String = "[metricsd] ALERT web-1 cpu_percent 97.2 % (above 90)",
        body: String = "web-1: cpu_percent is 97.2 %\n"
    ) throws -> MailMessage {
        MailMessage(
            from: try MailAddress(parsing: "metricsd@example.org"),
            to: try recipients.map { try MailAddress(parsing: $0) },
            subject: subject,
            body: body,
            messageID: "alert-0123456789abcdef.raised@example.org",
            dateSeconds: 1_795_197_845
        )
    }
}

extension SMTPServer.Options {
    static func with(_ change: (inout SMTPServer.Options) -> Void) -> SMTPServer.Options {
        var options = SMTPServer.Options()
        change(&options)
        return options
    }
}

extension SMTPServer {
    /// Settings whose server the test replaces.
    static func unusedSettings() throws -> SMTPSettings {
        SMTPSettings(
            server: .init(encryption: .startTLS, host: "127.0.0.1", port: 1),
            from: try MailAddress(parsing: "metricsd@example.org"),
            connectTimeout: .seconds(5),
            timeout: .seconds(10)
        )
    }
}
