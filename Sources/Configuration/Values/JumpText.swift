/// The way to a host as `ssh -J` has it: `user@bastion:22`, several separated by commas, the nearest first.
struct JumpText: Equatable, Sendable {
    struct Hop: Equatable, Sendable {
        /// Nil where it is not told.
        var user: String?
        /// Without brackets.
        var host: String
        var port: UInt16?
    }

    /// Says that a host is reached directly where its group has a way.
    static let none = "none"
    private static let limit = 8

    /// None for `none`.
    var hops: [Hop]

    /// Nil for what is no such way.
    init?(parsing text: String) {
        guard text != JumpText.none else {
            hops = []
            return
        }
        hops = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let hop = JumpText.hop(part.trimming(while: { $0 == " " })) else { return nil }
            hops.append(hop)
        }
        guard hops.count <= JumpText.limit else { return nil }
    }

    private static func hop(_ text: Substring) -> Hop? {
        var rest = text.hasPrefix("ssh://") ? text.dropFirst("ssh://".count) : text
        var user: String?
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
            guard let user, isUser(user) else { return nil }
        }
        var (host, port) = (rest, Substring())
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[...end]
            port = rest[rest.index(after: end)...]
            guard host.contains(":") else { return nil }
        } else if let colon = rest.firstIndex(of: ":"), !rest[rest.index(after: colon)...].contains(":") {
            host = rest[..<colon]
            port = rest[colon...]
        }
        let address = AddressText.unbracketed(String(host))
        guard AddressText.isAddress(address) else { return nil }
        guard !port.isEmpty else { return Hop(user: user, host: address, port: nil) }
        guard port.hasPrefix(":"), let number = NumberText.integer(String(port.dropFirst())),
            let number = UInt16(exactly: number), number > 0
        else { return nil }
        return Hop(user: user, host: address, port: number)
    }

    /// What a login name may be; a colon in it would most likely begin a password.
    static func isUser(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64 && !text.hasPrefix("-")
            && text.unicodeScalars.allSatisfy {
                $0.value > 0x20 && $0.value != 0x7F && !":@/,".unicodeScalars.contains($0)
            }
    }
}

extension Substring {
    fileprivate func trimming(while isDropped: (Character) -> Bool) -> Substring {
        var text = drop(while: isDropped)
        while let last = text.last, isDropped(last) { text.removeLast() }
        return text
    }
}
