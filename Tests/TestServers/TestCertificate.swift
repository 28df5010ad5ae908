import Foundation

/// A certificate for a test server, signed by an authority made for it.
struct TestCertificate {
    let certificate: String
    let key: String
    let authority: String

    init(_ kind: SMTPServer.Certificate, in folder: TestFolder) throws {
        certificate = "\(folder.path)/server.pem"
        key = "\(folder.path)/server.key"
        authority = "\(folder.path)/authority.pem"
        let authorityKey = "\(folder.path)/authority.key"
        let request = "\(folder.path)/server.csr"
        let names = kind == .otherName ? "DNS:other.example.org" : "DNS:localhost,IP:127.0.0.1"
        let extensions = try folder.file("server.ext", "subjectAltName=\(names)\n")
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try TestCertificate.openssl(
            ["req", "-x509"] + newKey + ["-subj", "/CN=Test authority", "-days", "2"]
                + ["-keyout", authorityKey, "-out", authority]
        )
        try TestCertificate.openssl(
            ["req", "-new"] + newKey + ["-subj", "/CN=server", "-keyout", key, "-out", request]
        )
        try TestCertificate.openssl(
            ["x509", "-req", "-in", request, "-CA", authority, "-CAkey", authorityKey, "-set_serial", "1"]
                // A day before the request was made: it ended before it began.
                + ["-days", kind == .expired ? "-1" : "2", "-extfile", extensions, "-out", certificate]
        )
    }

    private static func openssl(_ arguments: [String]) throws {
        guard let program = TestProcess.locate("openssl") else {
            throw TestProcess.Failure(description: "openssl is not installed; apt-get install openssl")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardError = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestProcess.Failure(
                description: "openssl \(arguments[0]) failed: \(String(decoding: text, as: UTF8.self))"
            )
        }
    }
}
