import Configuration

/// Which hosts a configuration that was read again adds, changes and removes.
struct HostChange {
    private(set) var added: [String] = []
    private(set) var changed: [String] = []
    private(set) var removed: [String] = []
    /// Numbers of threads that are to end.
    private(set) var ending: Set<Int> = []
    /// Of threads that go on, by their hosts' names.
    private var going: [String: Int] = [:]
    /// Of those that go on under settings which only change what is made of their answers.
    private(set) var adopted: [(number: Int, settings: HostSettings)] = []

    init(from running: [HostThreads.Running], to hosts: [HostSettings]) {
        var former = Dictionary(running.map { ($0.settings.name, $0) }) { first, _ in first }
        for host in hosts {
            guard let old = former.removeValue(forKey: host.name) else {
                added.append(host.name)
                continue
            }
            going[host.name] = old.number
            guard old.settings != host else { continue }
            changed.append(host.name)
            if old.settings.areServedAlike(host) {
                adopted.append((old.number, host))
            } else {
                ending.insert(old.number)
                going[host.name] = nil
            }
        }
        removed = former.keys.sorted()
        ending.formUnion(former.values.map(\.number))
    }

    /// Of the thread that goes on with a host; nil where a new one is to begin.
    func number(of name: String) -> Int? { going[name] }
}
