/// THE list: every collector there is, one line each, in the order in which people are shown their metrics.
///
/// Makes the collectors, but opens and reads nothing yet.
package func allCollectors(roots: Roots = .system) -> [Collector] {
    let buffer = ReadBuffer()
    return [
        Uptime(roots: roots, buffer: buffer),
        KernelStat(roots: roots, buffer: buffer),
    ]
}
