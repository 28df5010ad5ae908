import Foundation
import Secrets
import Synchronization
import TestServers
import Testing

@testable import SSH

@Suite struct UnlockedKeysTests {
    private let folder: TestFolder
    private let file: String
    private let contents: [UInt8]
    private static let passphrase = Array("secret".utf8)

    init() throws {
        folder = try TestFolder("keys")
        file = "\(folder.path)/id_ed25519"
        contents = try Self.makeKey(file)
    }

    private static func makeKey(_ file: String) throws -> [UInt8] {
        try SSHServer.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-a", "2", "-f", file])
        return Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    }

    @Test func aKeyIsUnlockedOnceForAllWhoNeedItAtTheSameTime() throws {
        let count = Atomic<Int>(0)
        let keys = UnlockedKeys { contents, passphrase throws(KeyError) in
            count.add(1, ordering: .relaxed)
            usleep(50_000)  // so that the others come while it goes on
            return try PrivateKey.load(contents, passphrase: passphrase)
        }
        let found = Mutex<[PrivateKey]>([])
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            guard let key = try? keys.key(file, contents: contents, passphrase: Self.passphrase) else { return }
            found.withLock { $0.append(key) }
        }
        let all = found.withLock { $0 }
        #expect(all.count == 16 && all.allSatisfy { $0 === all[0] })
        #expect(count.load(ordering: .relaxed) == 1)
        // Signing in several threads at once, too.
        DispatchQueue.concurrentPerform(iterations: 16) { number in
            for _ in 0..<20 {
                #expect((try? all[number].sign([1, 2, 3], method: "ssh-ed25519").count) == 64)
            }
        }
    }

    @Test func aWrongPassphraseIsTriedOnceAndHidesNoOther() throws {
        let count = Atomic<Int>(0)
        let keys = UnlockedKeys { contents, passphrase throws(KeyError) in
            count.add(1, ordering: .relaxed)
            return try PrivateKey.load(contents, passphrase: passphrase)
        }
        for _ in 0..<3 {
            #expect(throws: KeyError.self) { try keys.key(file, contents: contents, passphrase: [65]) }
            #expect(throws: KeyError.self) { try keys.key(file, contents: contents, passphrase: nil) }
            _ = try keys.key(file, contents: contents, passphrase: Self.passphrase)
        }
        #expect(count.load(ordering: .relaxed) == 3)
    }

    @Test func aReplacedKeyIsReadAnewAndTheOldOneGoes() throws {
        let keys = UnlockedKeys(PrivateKey.load)
        weak var old: PrivateKey?
        let oldPublicKey = try {
            let key = try keys.key(file, contents: contents, passphrase: Self.passphrase)
            old = key
            return key.publicKey
        }()
        #expect(old != nil)
        let replacement = try Self.makeKey("\(folder.path)/other")
        let new = try keys.key(file, contents: replacement, passphrase: Self.passphrase)
        #expect(new.publicKey != oldPublicKey)
        #expect(old == nil)
        #expect(keys.count(file) == 1)
    }

    @Test func aSecondLoginUsesTheUnlockedKeyUntilTheFileChanges() throws {
        let server = try SSHServer()
        try server.authorize("\(file).pub")
        let target = server.target {
            $0.credentials = SSHCredentials(keyFile: file, passphrase: Secret(.inline("secret")))
        }
        for _ in 0..<2 { #expect(try SSHSession(target).authenticatedBy.contains(file)) }
        #expect(UnlockedKeys.shared.count(file) == 1)
        let first = try UnlockedKeys.shared.key(file, contents: contents, passphrase: Self.passphrase)
        _ = try SSHSession(target)
        #expect(try UnlockedKeys.shared.key(file, contents: contents, passphrase: Self.passphrase) === first)
        // The server does not know the new one.
        let replacement = try Self.makeKey("\(folder.path)/other")
        try Data(replacement).write(to: URL(fileURLWithPath: file))
        #expect(try failure { _ = try SSHSession(target) }.kind == .authenticationRefused)
    }
}
