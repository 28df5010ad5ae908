/// A moment as milliseconds since 1970-01-01T00:00:00Z, the resolution of MySQL's `DATETIME(3)`.
///
/// Foundation's `Date` is out of reach in Embedded Swift, and a `Double` of seconds does not compare exactly.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
