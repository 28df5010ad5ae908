import Foundation
import SSH
import Synchronization
import Testing

@Suite struct HandshakeGateTests {
    @Test func boundsAllAndEachAddress() throws {
        let gate = HandshakeGate(total: 3, perAddress: 2)
        let interrupt = Interrupt()
        let first = try #require(gate.enter("a", interrupt: interrupt))
        let second = try #require(gate.enter("a", interrupt: interrupt))
        #expect(gate.load == (2, 0))
        let entered = Channel()
        // "a" is full, "b" is not: the later one goes first.
        start { if let pass = gate.enter("a", interrupt: interrupt) { entered.put("a", pass) } }
        wait { gate.load.waiting == 1 }
        start { if let pass = gate.enter("b", interrupt: interrupt) { entered.put("b", pass) } }
        #expect(entered.take() == "b")
        // Now all three places are taken.
        start { if let pass = gate.enter("c", interrupt: interrupt) { entered.put("c", pass) } }
        wait { gate.load.waiting == 2 }
        first.release()
        #expect(entered.take() == "a")
        second.release()
        #expect(entered.take() == "c")
        #expect(gate.load == (3, 0))
        entered.releaseAll()
        #expect(gate.load == (0, 0))
    }

    @Test func anInterruptEndsTheWait() throws {
        let gate = HandshakeGate(total: 1, perAddress: 1)
        let interrupt = Interrupt()
        let pass = try #require(gate.enter("a", interrupt: interrupt))
        start {
            wait { gate.load.waiting == 1 }
            interrupt.raise()
        }
        #expect(gate.enter("a", interrupt: interrupt) == nil)
        #expect(gate.load == (1, 0))
        pass.release()
        #expect(gate.load == (0, 0))
    }

    @Test func manyThreadsNeverExceedIt() {
        let gate = HandshakeGate(total: 4, perAddress: 2)
        let interrupt = Interrupt()
        let inside = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let done = DispatchGroup()
        for number in 0..<32 {
            done.enter()
            start {
                for _ in 0..<50 {
                    let pass = gate.enter("host \(number % 5)", interrupt: interrupt)
                    let now = inside.add(1, ordering: .relaxed).newValue
                    most.max(now, ordering: .relaxed)
                    sched_yield()
                    inside.subtract(1, ordering: .relaxed)
                    pass?.release()
                }
                done.leave()
            }
        }
        #expect(done.wait(timeout: .now() + 30) == .success)
        #expect((1...4).contains(most.load(ordering: .relaxed)))
        #expect(gate.load == (0, 0))
    }

    private func start(_ body: @escaping @Sendable () -> Void) { Thread.detachNewThread(body) }
}

private func wait(_ condition: () -> Bool) {
    let end = ContinuousClock.now + .seconds(20)
    while !condition(), ContinuousClock.now < end { usleep(500) }
}

/// Hands names from threads to the test, and keeps the passes that came with them.
private final class Channel: @unchecked Sendable {
    // @unchecked: everything is behind the condition.
    private let condition = NSCondition()
    private var names: [String] = []
    private var passes: [HandshakeGate.Pass] = []

    func put(_ name: String, _ pass: HandshakeGate.Pass) {
        condition.lock()
        names.append(name)
        passes.append(pass)
        condition.signal()
        condition.unlock()
    }

    func take() -> String? {
        condition.lock()
        defer { condition.unlock() }
        let end = Date(timeIntervalSinceNow: 20)
        while names.isEmpty, condition.wait(until: end) {}
        return names.isEmpty ? nil : names.removeFirst()
    }

    func releaseAll() {
        condition.lock()
        for pass in passes { pass.release() }
        passes = []
        condition.unlock()
    }
}
