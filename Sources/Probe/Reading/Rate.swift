/// What a counter gained per second between two readings; nil where it went backwards (it wrapped, its device was
/// replaced) or no time passed.
func perSecond(_ now: UInt64, since before: UInt64, overNanoseconds nanoseconds: UInt64) -> Double? {
    guard now >= before, nanoseconds > 0 else { return nil }
    return Double(now - before) * 1e9 / Double(nanoseconds)
}

/// `part` of `whole` in percent; nil where there is no whole.
func percent(_ part: Double, of whole: Double) -> Double? {
    whole > 0 ? part * 100 / whole : nil
}
