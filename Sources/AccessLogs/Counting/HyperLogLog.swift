/// Estimates how many different 64-bit hashes were inserted, in 16 KiB whatever their number: 2^14 registers, which gives a
/// standard error of 1.04/√16384 = 0.81 %.
///
/// Source: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation
/// algorithm", 2007; 64-bit hashes as in Heule, Nunkesser, Hall, "HyperLogLog in practice", 2013. The estimator is the
/// improved one of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017 (arXiv:1702.01284,
/// algorithm 6): it is unbiased over the whole range without the tables of measured corrections of the second.
struct HyperLogLog: Equatable, Sendable {
    static let precision = 14
    static let registerCount = 1 << precision
    /// The highest rank: the bits behind the register's number, and one more for none of them set.
    static let highestRank = 64 - precision + 1

    private(set) var registers = [UInt8](repeating: 0, count: registerCount)

    init() {}

    /// nil for other than `registerCount` registers, or a rank that no hash has.
    init?(registers: [UInt8]) {
        guard registers.count == Self.registerCount, registers.allSatisfy({ $0 <= Self.highestRank }) else {
            return nil
        }
        self.registers = registers
    }

    mutating func insert(_ hash: UInt64) {
        let register = Int(truncatingIfNeeded: hash &>> UInt64(64 - Self.precision))
        // The bit that is set behind the last one of the hash bounds the rank.
        let rest = hash &<< UInt64(Self.precision) | 1 &<< UInt64(Self.precision - 1)
        let rank = UInt8(truncatingIfNeeded: rest.leadingZeroBitCount &+ 1)
        if rank > registers[register] { registers[register] = rank }
    }

    mutating func merge(_ other: HyperLogLog) {
        for register in 0..<Self.registerCount {
            registers[register] = max(registers[register], other.registers[register])
        }
    }

    var estimate: UInt64 {
        var counts = [Int](repeating: 0, count: Self.highestRank + 1)
        for rank in registers { counts[Int(rank)] += 1 }
        let m = Double(Self.registerCount)
        var z = m * Self.tau(1 - Double(counts[Self.highestRank]) / m)
        for rank in stride(from: Self.highestRank - 1, through: 1, by: -1) {
            z = 0.5 * (z + Double(counts[rank]))
        }
        z += m * Self.sigma(Double(counts[0]) / m)
        // 1 / (2 ln 2)
        let alpha = 0.721_347_520_444_481_7
        let estimate = (alpha * m * m / z).rounded()
        return estimate.isFinite && estimate < 0x1p63 ? UInt64(estimate) : UInt64(Int64.max)
    }

    /// x + Σ x^(2^k) 2^(k-1)
    private static func sigma(_ x: Double) -> Double {
        guard x < 1 else { return .infinity }
        var x = x
        var y = 1.0
        var z = x
        while true {
            x *= x
            let before = z
            z += x * y
            y += y
            if z == before { return z }
        }
    }

    /// (1 − x − Σ (1 − x^(2^-k))² 2^-k) / 3
    private static func tau(_ x: Double) -> Double {
        guard x > 0, x < 1 else { return 0 }
        var x = x
        var y = 1.0
        var z = 1 - x
        while true {
            x = x.squareRoot()
            let before = z
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
            if z == before { return z / 3 }
        }
    }
}
