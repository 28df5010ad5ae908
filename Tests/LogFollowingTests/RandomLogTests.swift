import Testing

/// Random writing, rotation and failures, checked against what was written: no line missing, none read twice.
struct RandomLogTests {
    @Test(arguments: RandomLogModel.Naming.allCases, [false, true])
    func readsEveryLineOnce(naming: RandomLogModel.Naming, appends: Bool) throws {
        // The last one has shown an empty file's inode in use again.
        for seed in [0, 1, 2, 3, 5_000] as [UInt64] {
            let mode = RandomLogModel.Mode(naming: naming, appends: appends, isPacking: seed % 5_000 == 0)
            let model = try RandomLogModel(mode, seed: seed)
            for _ in 0..<(seed == 5_000 ? 400 : 200) { try model.step() }
            try model.finish()
        }
    }
}
