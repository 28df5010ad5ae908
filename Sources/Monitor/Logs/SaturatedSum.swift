extension UInt64 {
    /// The sum, or the largest number there is: what a host says of sizes is foreign, and adds up to anything.
    func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}
