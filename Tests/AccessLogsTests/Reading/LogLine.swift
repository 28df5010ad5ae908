import Wire

/// A line as a server writes it.
struct LogLine {
    /// Seconds since 1970, by the server's clock.
    var second: Int64
    var client = "192.0.2.1"
    var target = "/"
    var status = 200
    var bytes = 512
    var agent = "curl/8.1"

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    var combined: String {
        let time = CalendarTime(Timestamp(milliseconds: second * 1_000))
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(two(time.day))/\(Self.months[time.month - 1])/\(time.year)"
        let clock = "\(two(time.hour)):\(two(time.minute)):\(two(time.second))"
        return
            "\(client) - - [\(day):\(clock) +0000] \"GET \(target) HTTP/1.1\" \(status) \(bytes) \"-\" \"\(agent)\"\n"
    }
}
