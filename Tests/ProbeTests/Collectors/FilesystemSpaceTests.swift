import Probe
import Testing

@Suite struct FilesystemSpaceTests {
    @Test func usedPercentIsThatOfDf() {
        // 1,000 blocks, 100 of them for root: 450 used of the 900 that everybody can have are half.
        let space = FilesystemSpace(totalBytes: 1_000, freeBytes: 550, availableBytes: 450)
        #expect(space.usedPercent == 50)
    }

    @Test func fullForEverybodyIsFull() {
        let space = FilesystemSpace(totalBytes: 1_000, freeBytes: 50, availableBytes: 0)
        #expect(space.usedPercent == 100)
    }

    @Test func withoutInodesThereIsNoPercent() {
        #expect(FilesystemSpace(totalBytes: 1, freeBytes: 1, availableBytes: 1).inodesUsedPercent == nil)
    }

    @Test func inodes() {
        let space = FilesystemSpace(totalBytes: 1, freeBytes: 1, availableBytes: 1, inodes: 400, freeInodes: 100)
        #expect(space.inodesUsedPercent == 75)
    }

    @Test func moreFreeInodesThanInodesIsNonsense() {
        let space = FilesystemSpace(totalBytes: 1, freeBytes: 1, availableBytes: 1, inodes: 4, freeInodes: 100)
        #expect(space.inodesUsedPercent == nil)
    }

    @Test func nothingInItIsNoPercent() {
        #expect(FilesystemSpace(totalBytes: 0, freeBytes: 0, availableBytes: 0).usedPercent == nil)
    }
}
