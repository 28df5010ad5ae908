import Testing

@testable import Monitor

struct CatchUpsTests {
    @Test func soManyAtATimeAndAgainOnceOneHasLeft() {
        let catchUps = CatchUps(limit: 2)
        #expect(catchUps.enter() && catchUps.enter())
        #expect(!catchUps.enter())
        catchUps.leave()
        #expect(catchUps.enter())
        #expect(!catchUps.enter())
    }
}
