import CLinux

#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/run/utmp` (`man 5 utmp`): logins on terminals whose process still lives.
///
/// Sessions without a terminal (metricsd's own, `scp`) are not in it. Where nobody writes utmp (musl's is a stub, and some
/// distributions leave logins to systemd-logind alone) there is no sample.
package final class LoggedInUsers: Collector {
    private let users = Metric(
        "logged_in_users",
        unit: "",
        isStandard: true,
        "Logins on terminals; a user with two counts twice."
    )
    private let path: String
    private let buffer: ReadBuffer
    private let isAlive: (Int32) -> Bool

    package override var metrics: [Metric] { [users] }

    /// - Parameter isAlive: whether a process is there; by default asked of the kernel (`man 2 kill`, signal 0), which
    ///   sees through a `/proc` mounted with `hidepid`.
    package init(
        roots: Roots,
        buffer: ReadBuffer = ReadBuffer(),
        isAlive: @escaping (Int32) -> Bool = { kill($0, 0) == 0 || probe_errno() == EPERM }
    ) {
        path = roots.run + "/utmp"
        self.buffer = buffer
        self.isAlive = isAlive
        super.init(name: "utmp")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        let text: ByteScanner
        do throws(ErrorNumber) {
            text = try buffer.read(path)
        } catch {
            if error.isAbsence { return }
            throw failure("cannot read \(path): \(error.text)")
        }
        guard let processes = Self.parse(text, recordBytes: Self.recordBytes) else {
            throw failure("\(path) is no multiple of \(Self.recordBytes) bytes")
        }
        output.add(users, Double(processes.filter(isAlive).count))
    }

    /// `sizeof(struct utmp)` of glibc. On x86-64 times have 32 bits, so that 32-bit programs can read the file; on arm64
    /// session and times have 64.
    #if arch(arm64)
        package static let recordBytes = 400
    #else
        package static let recordBytes = 384
    #endif

    /// The processes of the records of type `USER_PROCESS` (7): a 16-bit type, 2 bytes of padding, a 32-bit process.
    ///
    /// - Returns: nil where the file ends within a record.
    package static func parse(_ bytes: ByteScanner, recordBytes: Int) -> [Int32]? {
        guard bytes.count % recordBytes == 0 else { return nil }
        var processes: [Int32] = []
        for record in stride(from: 0, to: bytes.count, by: recordBytes) {
            guard bytes[record] == 7, bytes[record + 1] == 0 else { continue }
            var process: UInt32 = 0
            for place in 0..<4 { process |= UInt32(bytes[record + 4 + place] ?? 0) << UInt32(8 * place) }
            let number = Int32(bitPattern: process)
            // 0 and below would ask for process groups.
            if number > 0 { processes.append(number) }
        }
        return processes
    }
}
