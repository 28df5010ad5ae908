import Foundation
import Testing

@testable import Monitor

struct ProgramCodeTests {
    @Test func onlyCodeOfFilesIsLetGo() {
        let maps = """
            55d0c8a00000-55d0c8a9c000 r--p 00000000 fe:00 131 /usr/bin/metricsd
            55d0c8a9c000-55d0c8b00000 r-xp 0009c000 fe:00 131                        /usr/bin/metricsd
            55d0c8b00000-55d0c8b10000 rw-p 00100000 fe:00 131                        /usr/bin/metricsd
            7f0000000000-7f0000001000 r-xp 00000000 00:00 0
            7f0000200000-7f0000300000 rwxp 00000000 fe:00 99                         /usr/lib/self modifying.so
            7f0000400000-7f0000500000 r-xp 00001000 fe:00 98                         /opt/a b/lib (deleted)
            7ffd1e5f0000-7ffd1e5f2000 r-xp 00000000 00:00 0                          [vdso]
            cut
            """
        #expect(
            ProgramCode.ranges(in: maps) == [0x55d0_c8a9_c000..<0x55d0_c8b0_0000, 0x7f00_0040_0000..<0x7f00_0050_0000]
        )
    }

    @Test func theProgramRunsOn() {
        // The program and the libraries that stand at the end.
        #expect(ProgramCode.maps().hasSuffix("\n") && ProgramCode.maps().contains("/libc.so"))
        #expect(ProgramCode.ranges(in: ProgramCode.maps()).count > 10)
        ProgramCode.releasePages()
        #expect("metricsd".uppercased() == "METRICSD")
    }
}
