/// THE list: every collector there is, one line each, in the order in which people are shown their metrics.
///
/// Makes the collectors, but opens and reads nothing yet.
package func allCollectors(roots: Roots = .system) -> [Collector] {
    let buffer = ReadBuffer()
    return [
        Uptime(roots: roots, buffer: buffer),
        KernelStat(roots: roots, buffer: buffer),
        LoadAverage(roots: roots, buffer: buffer),
        MemoryInfo(roots: roots, buffer: buffer),
        Filesystems(roots: roots, buffer: buffer),
        DiskStatistics(roots: roots, buffer: buffer),
        NetworkInterfaces(roots: roots, buffer: buffer),
        TCPConnections(roots: roots, buffer: buffer),
        Processes(roots: roots),
        Pressure(roots: roots, buffer: buffer),
        FileHandles(roots: roots, buffer: buffer),
        HardwareSensors(roots: roots, buffer: buffer),
        SystemdUnits(roots: roots),
        LoggedInUsers(roots: roots, buffer: buffer),
    ]
}
