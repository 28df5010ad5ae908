/// When the thread of a host that is polled often looks for its answers: at moments that all such threads share.
///
/// A thread that wakes alone finds the processor's caches and address translations filled by other programs, and getting
/// its own back costs several times the work it wakes for. Threads that wake together find what the one before them has
/// used. The host reads its values at its own time all the same, and the recorder gathers for longer than this.
struct SharedWakes {
    /// Above this a poll is rare, and its thread waits for what the probe sends, so that the probe's end is noticed at
    /// once and not with the next poll.
    static let longestInterval = Duration.seconds(2)
    private static let longestSpacing = Duration.milliseconds(250)
    private static let epoch = ContinuousClock.now

    let spacing: Duration
    /// How long behind its poll's time an answer is expected at the latest.
    private var answerTime = Duration.milliseconds(20)

    /// Nil for an interval that is too long for it.
    init?(interval: Duration) {
        guard interval <= Self.longestInterval else { return nil }
        spacing = min(Self.longestSpacing, interval / 4)
    }

    /// The first shared moment at which the answer to a poll should be there.
    ///
    /// - Parameter moment: the poll's time.
    func next(behind moment: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let nanoseconds = Self.epoch.duration(to: moment + answerTime).nanoseconds
        let step = spacing.nanoseconds
        return Self.epoch + .nanoseconds((nanoseconds / step + 1) * step)
    }

    /// The answer was not there yet: later ones are given as much time as this one took, and a little more.
    mutating func missed(answeredAfter took: Duration) {
        answerTime = min(spacing, max(answerTime, took * 5 / 4))
    }
}
