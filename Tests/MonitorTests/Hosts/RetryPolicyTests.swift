import Testing

@testable import Monitor
@testable import SSH

/// How soon a host is tried again: never a hammering.
struct RetryPolicyTests {
    private let target = SSHTarget(
        name: "web-1",
        address: "192.0.2.11",
        user: "monitor",
        credentials: SSHCredentials(),
        knownHostsFiles: []
    )

    /// The delays after the same error again and again.
    private func delays(_ step: SSHError.Step, _ kind: SSHError.Kind, count: Int = 12) -> [Duration] {
        var policy = RetryPolicy()
        return (0..<count).map { _ in policy.delay(after: SSHError(target, step, kind)) }
    }

    @Test func afterAFailureItGrowsFromASecondToFiveMinutes() {
        let delays = delays(.connect, .connectionRefused)
        #expect(delays[0] >= .milliseconds(500) && delays[0] <= .seconds(1))
        #expect(delays[11] >= .seconds(150) && delays[11] <= .seconds(300))
    }

    @Test(arguments: [SSHError.Kind.authenticationRefused, .hostKeyChanged, .hostKeyUnknown, .keyUnreadable])
    func afterARefusalItGrowsFromMinutesToFifteen(kind: SSHError.Kind) {
        let step: SSHError.Step = kind == .hostKeyChanged || kind == .hostKeyUnknown ? .hostKey : .authenticate
        let delays = delays(step, kind)
        #expect(delays.allSatisfy { $0 >= .seconds(60) && $0 <= .seconds(900) })
        #expect(delays[11] >= .seconds(450))
    }

    @Test func aServerThatHasTooManyLoginsAtOnceIsTriedAgainSoon() {
        #expect(delays(.handshake, .closedDuringHandshake).allSatisfy { $0 <= .seconds(15) })
    }

    /// One answer and the next failure: a host that flaps is not logged in to every second.
    @Test func onlyASteadyMinuteForgetsFailures() {
        let timeout = SSHError(target, .connect, .timedOut)
        var policy = RetryPolicy()
        for _ in 0..<10 { _ = policy.delay(after: timeout) }
        let start = ContinuousClock.now
        policy.succeeded(at: start)
        policy.succeeded(at: start + .seconds(59))
        #expect(policy.delay(after: timeout) >= .seconds(150))
        policy.succeeded(at: start + .seconds(61))
        policy.succeeded(at: start + .seconds(121))
        #expect(policy.delay(after: timeout) <= .seconds(1))
    }
}
