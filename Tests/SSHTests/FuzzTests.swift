import Foundation
import TestServers
import Testing

@testable import SSH

/// What administrators and servers write: known_hosts files, private keys, SFTP's replies.
struct FuzzTests {
    @Test func knownHosts() throws {
        let words = [
            "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "@revoked", "@cert-authority", "|1|", "|", "*", "?", "!",
            ",",
            "[web-1]:2222", "web-1", "192.0.2.1", "fe80::1%eth0", "\n", "\r\n", " ", "\t", "#", "=", "==", "\u{0}",
            KnownHostsTests.key,
        ]
        let summary = try Fuzzing("known_hosts", words: words).run { input, _ in
            var known = KnownHosts()
            known.add(input, file: "known_hosts")
            let lines = input.count { $0 == 10 } + 1
            guard known.lines.allSatisfy({ (1...lines).contains($0.number) }) else { return .broken("no such line") }
            for line in known.lines {
                var again = KnownHosts()
                // As it would be appended for a host that is seen for the first time.
                again.add(Array("web-1 \(line.keyType) \(Base64.encode(line.key))\n".utf8), file: "known_hosts")
                guard again.lines.count == 1, again.lines[0].key == line.key, again.lines[0].keyType == line.keyType
                else { return .broken("its key is not read again") }
            }
            for (address, port) in [("web-1", 22), ("WEB-1", 2222), ("fe80::1%eth0", 22), ("", 22)]
                as [(String, UInt16)]
            {
                guard let line = known.lines.first(where: { $0.marker == .none }) else { continue }
                let key = line.key
                let verdict = known.verdict(address: address, port: port, keyType: line.keyType, key: key)
                let revoked = known.lines.contains { $0.marker == .revoked && $0.key == key }
                if case .trusted(let trusted) = verdict, trusted.key != key || trusted.marker != .none {
                    return .broken("another key is trusted")
                }
                if case .trusted = verdict, revoked, known.lines.allSatisfy({ $0.names.match(Array("web-1".utf8)) }) {
                    return .broken("a revoked key is trusted")
                }
                _ = known.keyTypes(address: address, port: port)
            }
            return known.lines.isEmpty ? .refused("no line") : .accepted
        }
        #expect(summary.accepted * 20 > summary.inputs)
    }

    @Test func privateKeys() throws {
        let words = [
            "-----BEGIN OPENSSH PRIVATE KEY-----\n", "\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\n", "ENCRYPTED", "PuTTY-User-Key-File-2", "ssh-ed25519 AAAA", "AAAA", "=",
        ]
        // Made anew for every run: a repository is no place for keys.
        let keys = try Self.keys()
        let summary = try Fuzzing("private_key", words: words, written: keys).run { input, random in
            // The armour hides the numbers behind it from mutations: half of the time they are made below it.
            let contents = Bool.random(using: &random) ? Self.mutateBelowArmour(input, &random) : input
            let text = String(decoding: contents, as: UTF8.self)
            // A passphrase costs as many rounds as the file says, up to a minute.
            let isLocked = (try? OpenSSHKey(text)).map { $0.rounds > 1 } ?? text.contains("-----BEGIN ENCRYPTED")
            do throws(KeyError) {
                let key = try PrivateKey.load(contents, passphrase: isLocked ? nil : Array("sesame".utf8))
                guard KeyBlob.type(key.publicKey) == key.type else {
                    return .broken("its public half is of another type")
                }
                let method = key.type == "ssh-rsa" ? "rsa-sha2-256" : key.type
                _ = try? key.sign([1, 2, 3], method: method)
                return .accepted
            } catch {
                let reason = error.text.unicodeScalars.filter { $0.properties.isAlphabetic || $0 == " " }.prefix(40)
                return .refused(String(String.UnicodeScalarView(reason)))
            }
        }
        #expect(summary.accepted * 500 > summary.inputs)
    }

    private static func mutateBelowArmour(_ input: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        let text = String(decoding: input, as: UTF8.self)
        let lines = text.split(separator: "\n")
        guard lines.count > 2, var blob = Base64.decode(lines[1..<lines.count - 1].joined().utf8), !blob.isEmpty else {
            return input
        }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0..<blob.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: blob[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: blob[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
            case 2: blob.insert(0, at: place)
            default: if blob.count > 1 { blob.remove(at: place) }
            }
        }
        return Array("\(lines[0])\n\(Base64.encode(blob))\n\(lines[lines.count - 1])\n".utf8)
    }

    private static func keys() throws -> [[UInt8]] {
        let folder = try TestFolder("fuzz-keys")
        let kinds = [
            ["-t", "ed25519", "-N", ""], ["-t", "ecdsa", "-N", ""], ["-t", "rsa", "-b", "1024", "-N", ""],
            ["-t", "rsa", "-b", "1024", "-N", "", "-m", "PEM"], ["-t", "ecdsa", "-N", "", "-m", "PKCS8"],
            ["-t", "ed25519", "-N", "sesame", "-a", "1"],
            ["-t", "ed25519", "-N", "sesame", "-a", "1", "-Z", "aes256-gcm@openssh.com"],
        ]
        return try kinds.enumerated().map { number, kind in
            let path = "\(folder.path)/key-\(number)"
            try SSHServer.run("ssh-keygen", ["-q", "-C", "fuzz", "-f", path] + kind)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    /// What a server answers, without the length in front: the first byte says the type.
    @Test func repliesOfSFTP() throws {
        var random = SeededGenerator(seed: 103)
        let written = (0..<50).map { _ in Self.reply(&random) }
        let summary = try Fuzzing("sftp_reply", words: ["posix-rename@openssh.com", "1", "."], written: written)
            .run { input, _ in
                guard let first = input.first, let type = SFTPPacketType(rawValue: first) else {
                    return .refused("type")
                }
                // A slice in the middle of what came, as in a session.
                var fields = SFTPReader((input + [0xff, 0xff])[1..<input.count])
                guard let reply = SFTPReply(type, &fields) else { return .refused("\(type)") }
                guard fields.offset <= input.count else { return .broken("it reads behind the packet") }
                var size = 0
                switch reply {
                case .status(let status, let message): size = message.utf8.count / 3 + status.name.utf8.count / 20
                case .handle(let bytes), .data(let bytes), .extended(let bytes): size = bytes.count
                case .names(let entries): size = entries.count * 12
                case .attributes: size = 4
                }
                return size <= input.count ? .accepted : .broken("it holds more than came")
            }
        #expect(summary.accepted * 20 > summary.inputs)
    }

    private static func reply(_ random: inout SeededGenerator) -> [UInt8] {
        var writer = SFTPWriter()
        func attributes() {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: writer.add(UInt32(0))
            case 1:
                writer.add(UInt32(0x8000_000f))
                writer.add(random.next())
                for _ in 0..<5 { writer.add(UInt32.random(in: 0...UInt32.max, using: &random)) }
                writer.add(UInt32(1))
                writer.add("name")
                writer.add("value")
            default:
                writer.add(UInt32(4))
                writer.add(UInt32(0o100644))
            }
        }
        let types: [SFTPPacketType] = [.status, .handle, .data, .name, .attributes, .extendedReply]
        let type = types.randomElement(using: &random) ?? .status
        writer.begin(type)
        switch type {
        case .status:
            writer.add(UInt32.random(in: 0...16, using: &random))
            writer.add("No such file")
            writer.add("en")
        case .name:
            let count = Int.random(in: 0...3, using: &random)
            writer.add(UInt32(count))
            for _ in 0..<count {
                writer.add("access.log")
                writer.add("-rw-r--r-- 1 root root 0 Nov 21 access.log")
                attributes()
            }
        case .attributes: attributes()
        case .extendedReply: for _ in 0..<11 { writer.add(random.next()) }
        default: writer.add(random.bytes(Int.random(in: 0...40, using: &random)))
        }
        return Array(writer.bytes.dropFirst(4))
    }
}
