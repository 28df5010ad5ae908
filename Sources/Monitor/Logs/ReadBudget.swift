/// How many bytes of a host's logs one request may bring: as many as come within a quarter of a second, and before the
/// next poll is due, so that neither a poll nor the end of the daemon waits behind a slow line; at most 8 MiB.
struct ReadBudget {
    static let smallest = HostConnection.smallestLogBudget
    static let largest = 8 << 20
    static let target = Duration.milliseconds(250)

    /// What comes in `target`.
    private(set) var bytes = 256 << 10

    /// What the smallest request takes on this line.
    private(set) var shortest = Duration.zero

    /// - Parameter time: until the next poll is due.
    func bytes(within time: Duration) -> Int {
        guard time < Self.target else { return bytes }
        return max(Int(Double(bytes) * max(time.seconds, 0) / Self.target.seconds), Self.smallest)
    }

    /// Takes what a request for `asked` bytes brought and how long that took. One that brought less than it might says
    /// nothing about the line's speed.
    mutating func adapt(asked: Int, brought: Int, in time: Duration) {
        guard brought >= asked / 2 else { return }
        let speed = Double(brought) / max(time.seconds, 0.001)
        shortest = .seconds(Double(Self.smallest) / speed)
        let fitting = speed * Self.target.seconds
        // Doubling at most: one fast answer out of a buffer is no fast line.
        bytes = min(max(Int(min(fitting, Double(2 * bytes))), Self.smallest), Self.largest)
    }
}
