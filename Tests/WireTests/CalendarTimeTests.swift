import Foundation
import Testing
import Wire

struct CalendarTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z", 4),
        (951_782_399_999, "2000-02-28T23:59:59.999Z", 1),
        (951_782_400_000, "2000-02-29T00:00:00.000Z", 2),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z", 1),
        (-1, "1969-12-31T23:59:59.999Z", 3),
    ])
    func knownMoments(milliseconds: Int64, text: String, weekday: Int) {
        let timestamp = Timestamp(milliseconds: milliseconds)
        #expect(timestamp.rfc3339 == text)
        #expect(timestamp.rfc3339Seconds == text.prefix(19) + "Z")
        #expect(CalendarTime(timestamp).weekday == weekday)
    }

    @Test func agreesWithFoundationOnManyMoments() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for step in 0..<5_000 {
            let seconds = Int64(step) * 1_234_567 - 1_000_000
            let time = CalendarTime(Timestamp(milliseconds: seconds * 1_000))
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second, .weekday],
                from: Date(timeIntervalSince1970: Double(seconds))
            )
            #expect(
                [time.year, time.month, time.day, time.hour, time.minute, time.second, time.weekday + 1]
                    == [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second, parts.weekday]
            )
        }
    }
}
