import Foundation

/// A real SMTP server on loopback (aiosmtpd) that writes what it accepts to a folder.
package final class SMTPServer: Sendable {
    package enum Mode: String, Sendable {
        /// No TLS at all.
        case plain
        /// Offers STARTTLS, and takes logins only behind it.
        case startTLS = "starttls"
        /// TLS from the first byte.
        case implicitTLS = "implicit"
    }

    package enum Certificate: Sendable {
        /// For 127.0.0.1 and localhost, valid.
        case valid
        case expired
        /// For another name.
        case otherName
    }

    package struct Options: Sendable {
        package var mode = Mode.plain
        package var certificate = Certificate.valid
        /// The login that is required; nil for none.
        package var user: String?
        package var password = ""
        /// SASL mechanisms that are not offered: `PLAIN`, `LOGIN`.
        package var excludeMechanisms: [String] = []
        /// Replies of refusal by step: `MAIL`, `RCPT`, `RCPT someone@example.org`, `DATA`.
        package var refuse: [String: String] = [:]
        /// The step at which it says nothing any more: `EHLO`, `MAIL`, `DATA`, `QUIT`.
        package var hang: String?
        /// nil for a free port; give one to come back where a stopped server was.
        package var port: Int?

        package init() {}
    }

    /// A message that the server took.
    package struct Received: Sendable {
        package struct Envelope: Decodable, Sendable {
            package let from: String
            package let to: [String]
            package let helo: String
            package let isEncrypted: Bool
            package let user: String?
        }

        package let envelope: Envelope
        package let message: ParsedMail
        package let raw: [UInt8]
    }

    package let port: Int
    /// PEM of the authority that signed the certificate; nil for a server without TLS.
    package let certificateAuthority: String?
    private let folder: TestFolder
    private let process: TestProcess

    package init(_ options: Options = Options()) throws {
        folder = try TestFolder("smtp")
        port = try options.port ?? LoopbackPort.free()
        let files = options.mode == .plain ? nil : try TestCertificate(options.certificate, in: folder)
        certificateAuthority = files?.authority
        var json: [String: Any] = [
            "mode": options.mode.rawValue,
            "port": port,
            "folder": folder.path,
            "password": options.password,
            "excludeMechanisms": options.excludeMechanisms,
            "refuse": options.refuse,
        ]
        json["certificate"] = files?.certificate
        json["key"] = files?.key
        json["user"] = options.user
        json["hang"] = options.hang
        let argument = String(decoding: try JSONSerialization.data(withJSONObject: json), as: UTF8.self)
        let log = try folder.file("server.log")
        let script = SMTPServer.script("server.py")
        process = try TestProcess("/usr/bin/python3", [script, argument], package: "python3-aiosmtpd", log: log)
        try process.waitUntilReady("the SMTP server (python3-aiosmtpd)") {
            (try? String(contentsOfFile: log, encoding: .utf8).contains("ready")) ?? false
        }
    }

    /// What it has taken so far, oldest first.
    package func received() throws -> [Received] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            let path = "\(folder.path)/\(name.dropLast(5))"
            return Received(
                envelope: try JSONDecoder().decode(
                    Received.Envelope.self,
                    from: Data(contentsOf: URL(fileURLWithPath: path + ".json"))
                ),
                message: try ParsedMail(file: path + ".eml"),
                raw: Array(try Data(contentsOf: URL(fileURLWithPath: path + ".eml")))
            )
        }
    }

    /// Waits until it has taken that many.
    package func received(atLeast count: Int, seconds: Double = 20) throws -> [Received] {
        try process.waitUntilReady(seconds: seconds, "\(count) received messages") {
            try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .count { $0.hasSuffix(".json") } >= count
        }
        return try received()
    }

    package func stop() { process.stop() }

    static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("SMTP/\(name)").path
    }
}

/// A message as Python's email package reads it: an implementation of the mail standards that is not ours.
package struct ParsedMail: Decodable, Sendable {
    package let headers: [[String]]
    /// The plain text.
    package let body: String
    package let html: String?
    /// The content types of the message and its parts, in their order.
    package let types: [String]
    package let defects: [String]
    package let longestLine: Int
    package let hasBareLineEnd: Bool
    package let isASCII: Bool

    package init(file: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        // Without the site's packages it starts faster.
        process.arguments = ["-I", "-S", SMTPServer.script("parse.py"), file]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        self = try JSONDecoder().decode(ParsedMail.self, from: data)
    }

    /// All values of a header.
    package func values(_ name: String) -> [String] {
        headers.filter { $0[0].lowercased() == name.lowercased() }.map { $0[1] }
    }

    package subscript(_ name: String) -> String? { values(name).first }

    package var subject: String { self["Subject"] ?? "" }
}
