import CLinux
import Foundation

/// The code of the program and its libraries, as far as it lies in memory.
enum ProgramCode {
    /// Lets go of its pages (`man 2 madvise`, MADV_DONTNEED): starting, reading the configuration and logging in run much
    /// that does not run again. What is still used comes back at its next use, from the system's cache of the files.
    ///
    /// Blocks for less than a millisecond, and costs some hundred page faults afterwards.
    static func releasePages() {
        for range in ranges(in: maps()) {
            madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
    }

    /// The kernel gives it by pages, which `String(contentsOfFile:)` takes for the end. Empty where it cannot be read.
    static func maps() -> String {
        let bytes = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
        return String(decoding: bytes ?? Data(), as: UTF8.self)
    }

    /// Where files are mapped to be executed and cannot have been written to (`man 5 proc`, /proc/pid/maps): only there
    /// is the file's content the same as the memory's.
    static func ranges(in maps: String) -> [Range<UInt>] {
        maps.split(separator: "\n").compactMap { line in
            // address, permissions, offset, device, inode, path
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            // The path stands in a column, behind several spaces.
            guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).hasPrefix("/") else {
                return nil
            }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, ends[0] < ends[1] else { return nil }
            return ends[0]..<ends[1]
        }
    }
}
