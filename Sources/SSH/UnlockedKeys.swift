import Synchronization

/// The private keys in memory: unlocking one costs a tenth of a second on purpose, and several hundred hosts share one.
///
/// A file is read for every login, which costs microseconds, and known by a hash of what it holds: it may be replaced
/// by one of the same size within one tick of the file system's clock. A key that was replaced goes with the last login
/// that uses it; OpenSSL then overwrites it.
final class UnlockedKeys: Sendable {
    typealias Unlock = @Sendable (_ contents: [UInt8], _ passphrase: [UInt8]?) throws(KeyError) -> PrivateKey

    static let shared = UnlockedKeys(PrivateKey.load)
    private static let filesLimit = 64
    private static let passphrasesLimit = 8

    /// A file's key with one passphrase. The lock is held while it is unlocked: who needs it at the same time waits
    /// instead of doing the same work, and other keys are not held up.
    private final class Entry: Sendable {
        let outcome = Mutex<Result<PrivateKey, KeyError>?>(nil)
    }

    private struct File {
        let contents: [UInt8]
        var entries: [[UInt8]: Entry] = [:]
    }

    private let unlock: Unlock
    private let files = Mutex<[String: File]>([:])

    init(_ unlock: @escaping Unlock) { self.unlock = unlock }

    /// The key in a file; blocks while it is unlocked, here or by another thread.
    func key(_ path: String, contents: [UInt8], passphrase: [UInt8]?) throws(KeyError) -> PrivateKey {
        let entry = entry(path, contents, passphrase)
        let outcome = entry.outcome.withLock { known -> Result<PrivateKey, KeyError> in
            if let known { return known }
            do throws(KeyError) {
                let key = try unlock(contents, passphrase)
                known = .success(key)
                return .success(key)
            } catch {
                // A wrong passphrase costs as much as the right one; all else fails fast, or may have been bad luck.
                if error.kind == .passphraseWrong { known = .failure(error) }
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// How many passphrases were tried on a file's present contents, each of them once.
    func count(_ path: String) -> Int { files.withLock { $0[path]?.entries.count ?? 0 } }

    private func entry(_ path: String, _ contents: [UInt8], _ passphrase: [UInt8]?) -> Entry {
        let hash = Digest.sha256(contents)
        let secret = Digest.sha256(hash + (passphrase.map { [1] + $0 } ?? [0]))
        return files.withLock { files in
            if files[path] == nil, files.count >= Self.filesLimit { files.removeAll() }
            var file = files[path].flatMap { $0.contents == hash ? $0 : nil } ?? File(contents: hash)
            if let entry = file.entries[secret] { return entry }
            if file.entries.count >= Self.passphrasesLimit { file.entries.removeAll() }
            let entry = Entry()
            file.entries[secret] = entry
            files[path] = file
            return entry
        }
    }
}
