import CLinux

#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc` (`man 5 proc`): its folders that are numbers, one per process.
///
/// Where `/proc` is mounted with `hidepid`, a user sees only his own processes: that is no count, so there is no sample.
package final class Processes: Collector {
    private let count = Metric("processes", unit: "", isStandard: true, "Processes, without their threads.")
    private let folder: String

    package override var metrics: [Metric] { [count] }

    package init(roots: Roots) {
        folder = roots.proc
        super.init(name: "processes")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard Folder.exists(folder + "/1") else { return }
        var processes = 0
        let isOpen = Folder.forEachName(in: folder) { name in
            if Self.isProcess(name) { processes += 1 }
        }
        guard isOpen else { throw failure("cannot list \(folder): \(ErrorNumber(code: probe_errno()).text)") }
        output.add(count, Double(processes))
    }

    /// Whether all of a name is digits.
    package static func isProcess(_ name: UnsafePointer<CChar>) -> Bool {
        var place = 0
        while name[place] >= 0x30, name[place] <= 0x39 { place += 1 }
        return place > 0 && name[place] == 0
    }
}
