import Testing

/// Random writing, rotation and failures, checked against what was written: no line missing, none read twice.
struct RandomLogTests {
    @Test(arguments: RandomLogModel.Naming.allCases, [false, true])
    func readsEveryLineOnce(naming: RandomLogModel.Naming, appends: Bool) throws {
        for seed in 0..<5 as Range<UInt64> {
            let mode = RandomLogModel.Mode(naming: naming, appends: appends, isPacking: seed % 5 == 0)
            let model = try RandomLogModel(mode, seed: seed)
            for _ in 0..<200 { try model.step() }
            try model.finish()
        }
    }
}
