import LogBatches
import Testing
import Wire

@Suite struct BatchWindowTests {
    @Test(
        arguments: [
            // 2026-11-21T10:19:59.999Z, 20 minutes
            (1_795_256_399_999, 1_200, 1_795_255_200_000),
            (1_795_255_200_000, 1_200, 1_795_255_200_000),
            (1_795_256_400_000, 1_200, 1_795_256_400_000),
            // A day.
            (1_795_256_400_000, 86_400, 1_795_219_200_000),
            // The last millisecond before 1970 lies in the window before it.
            (-1, 1_200, -1_200_000),
            (-1_200_000, 1_200, -1_200_000),
            (-1_200_001, 1_200, -2_400_000),
            (0, 10, 0),
        ] as [(Int64, Int, Int64)]
    )
    func aMomentLiesInTheWindowThatBeginsAtOrBeforeIt(moment: Int64, seconds: Int, start: Int64) {
        let window = BatchWindow(seconds: seconds)
        let found = window.start(of: Timestamp(milliseconds: moment))
        #expect(found == Timestamp(milliseconds: start))
        #expect(window.end(from: found).milliseconds == start + Int64(seconds) * 1_000)
    }

    @Test func theBoundsOfTimeHaveAWindow() {
        for seconds in [10, 1_200, 86_400] {
            let window = BatchWindow(seconds: seconds)
            for moment in [Int64.min, .min + 1, .max, .max - 1] {
                let start = window.start(of: Timestamp(milliseconds: moment))
                #expect(window.end(from: start) > start)
            }
        }
    }

    @Test func aDayIsAWholeNumberOfWindows() {
        for seconds in [10, 12, 15, 60, 1_200, 3_600, 43_200, 86_400] {
            #expect(BatchWindow.isAllowed(.seconds(seconds)))
        }
        for seconds in [0, -10, 1, 9, 11, 1_300, 7_000, 86_401, 172_800] {
            #expect(!BatchWindow.isAllowed(.seconds(seconds)))
        }
        #expect(!BatchWindow.isAllowed(.milliseconds(20_500)))
    }
}
