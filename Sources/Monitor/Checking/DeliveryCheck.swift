import Configuration
import SSH

/// One `<delivery>` of `metricsd check --connect`: climbs to the receiver and stores, renames and removes a small file
/// there, as a batch would be.
struct DeliveryCheck {
    private let settings: DeliverySettings

    init(_ settings: DeliverySettings) {
        self.settings = settings
    }

    /// Blocks while steps succeed, each within the target's timeout.
    func run() -> ConnectionCheck.Result {
        let target = settings.target
        var steps = CheckSteps(title: "delivery \(settings.name) (\(target.user)@\(target.displayAddress))")
        do {
            var begin = ContinuousClock.now
            let receiver = try Receiver(connectingTo: settings, interrupt: Interrupt()) { step, took in
                steps.add(Self.word(step), took: took, detail: "")
                begin = .now
            }
            defer { receiver.close() }
            steps.add("sftp", took: begin.duration(to: .now), detail: "version 3")
            try steps.timed("directory") {
                try receiver.checkDirectory()
                let space = try? receiver.sftp.freeSpace(at: receiver.path("."))
                let free = space.map { ", \($0.freeBytes / 1_000_000) MB free" } ?? ""
                return (settings.directory.isEmpty ? "the login directory" : settings.directory) + free
            }
            try store(on: receiver, into: &steps)
            return steps.result
        } catch {
            return steps.failed(error)
        }
    }

    private func store(on receiver: Receiver, into steps: inout CheckSteps) throws {
        let sftp = receiver.sftp
        var generator = SystemRandomNumberGenerator()
        let number = String(generator.next() as UInt64, radix: 16)
        let temporary = receiver.path(".metricsd-check-\(number).part")
        let path = receiver.path(".metricsd-check-\(number)")
        let text = Array("metricsd check\n".utf8)
        do {
            try steps.timed("write") {
                let file = try sftp.create(temporary)
                try file.write(text)
                try file.finishWriting()
                let isSynced = try file.sync()
                try file.close()
                return isSynced ? "synced to the disk" : "the server cannot sync; it does so when it likes"
            }
            try steps.timed("hash") {
                let hash = try receiver.hash(of: temporary, byteCount: UInt64(text.count))
                return hash == nil ? "no commands there: files are checked by their size" : "SHA-256 there"
            }
            try steps.timed("rename") {
                try sftp.rename(temporary, to: path)
                return ""
            }
            try steps.timed("remove") {
                try sftp.remove(path)
                return ""
            }
        } catch {
            if receiver.session.isUsable {
                _ = try? sftp.remove(temporary)
                _ = try? sftp.remove(path)
            }
            throw error
        }
    }

    private static func word(_ step: SSHError.Step) -> String {
        switch step {
        case .hostKey: "host key"
        case .authenticate: "login"
        default: step.rawValue
        }
    }
}

extension CheckSteps {
    /// Adds a step that gives its detail, or throws.
    fileprivate mutating func timed(_ step: String, _ body: () throws -> String) throws {
        let begin = ContinuousClock.now
        let detail = try body()
        add(step, took: begin.duration(to: .now), detail: detail)
    }
}
