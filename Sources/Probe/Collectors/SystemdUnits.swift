import CLinux

#if !hasFeature(Embedded)
    package import Wire
#endif

/// `systemctl show --property=NFailedUnits` (`man 1 systemctl`): units of systemd that failed.
///
/// Only where systemd is the init (`man 3 sd_booted`: `/run/systemd/system` exists). A program is started for it, so it
/// is not in `standard`.
package final class SystemdUnits: Collector {
    private let failed = Metric("failed_units", unit: "", isStandard: false, "Units of systemd that failed.")
    private let marker: String
    private let systemctl: String

    package override var metrics: [Metric] { [failed] }
    package override var mayBlock: Bool { true }

    /// - Parameter systemctl: found through `PATH` where it has no slash.
    package init(roots: Roots, systemctl: String = "systemctl") {
        marker = roots.run + "/systemd/system"
        self.systemctl = systemctl
        super.init(name: "systemd")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard Folder.exists(marker) else { return }
        var process: pid_t = 0
        let answer = probe_start_systemctl(systemctl, &process)
        guard answer >= 0 else { throw failure("cannot start systemctl: \(ErrorNumber(code: probe_errno()).text)") }
        let text = readAll(answer)
        close(answer)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, probe_errno() == EINTR {}
        if status == 0, let number = Self.parse(ByteScanner(text)) { return output.add(failed, Double(number)) }
        // An old systemd that does not know the property prints nothing.
        if status == 0, text.isEmpty { return }
        var lines = ByteScanner(text)
        throw failure("systemctl said: \(lines.line()?.string ?? "nothing, and ended with an error")")
    }

    /// 3 of `NFailedUnits=3`
    package static func parse(_ text: ByteScanner) -> UInt64? {
        var text = text
        while var line = text.line() {
            if line.skip("NFailedUnits=") { return line.unsigned }
        }
        return nil
    }

    /// To the end of what is printed, at most 4 KiB. The deadline is the runtime's: it ends the whole child.
    private func readAll(_ descriptor: Int32) -> [UInt8] {
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 512)
        while text.count < 4_096 {
            let got = part.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if got < 0, probe_errno() == EINTR { continue }
            guard got > 0 else { break }
            text += part[..<got]
        }
        return text
    }
}
