import Glibc

/// Random numbers that are the same for the same seed (SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom
/// Number Generators", 2014).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// 0..<count. The bias of the remainder is below 2⁻⁴⁰ for the counts in use.
    mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next() >> 1) % count
    }

    /// Above 0, at most 1: fit for a logarithm.
    mutating func fraction() -> Double {
        Double((next() >> 11) + 1) * 0x1p-53
    }

    /// Exponential with mean 1.
    mutating func exponential() -> Double {
        -log(fraction())
    }

    /// 0..<count, index i with a weight of about 1/(i + 1): Zipf's law by inversion.
    mutating func zipf(below count: Int) -> Int {
        min(Int(exp(fraction() * log(Double(count + 1)))) - 1, count - 1)
    }

    /// Log-normal with this median; Box and Muller, 1958.
    mutating func logNormal(median: Double, sigma: Double) -> Double {
        median * exp(sigma * (-2 * log(fraction())).squareRoot() * cos(2 * .pi * fraction()))
    }
}
