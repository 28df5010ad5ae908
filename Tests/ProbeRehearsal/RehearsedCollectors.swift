import CLinux

func rehearsedCollectors() -> [Collector] {
    [
        RehearsedCollector.named("steady") { (own, output, _) throws(CollectorFailure) in
            output.add(own.metric, 1.5)
            output.add(own.metric, instance: "a\"b\\c\nd", 2)
            output.add(own.metric, instance: "infinite", .infinity)
        },
        // Milliseconds since its last reading: nothing at the first one.
        RehearsedCollector.named("rate", isRate: true) { (own, output, uptime) throws(CollectorFailure) in
            if let last = own.lastUptime { output.add(own.metric, Double(uptime - last) / 1_000_000) }
            own.lastUptime = uptime
        },
        RehearsedCollector.named("slow_one", mayBlock: true) { (own, output, _) throws(CollectorFailure) in
            usleep(300_000)
            output.add(own.metric, 3)
        },
        RehearsedCollector.named("slow_two", mayBlock: true) { (own, output, _) throws(CollectorFailure) in
            usleep(300_000)
            output.add(own.metric, 3)
        },
        RehearsedCollector.named("hanging", mayBlock: true) { (_, _, _) throws(CollectorFailure) in
            while true { pause() }
        },
        RehearsedCollector.named("crashing", mayBlock: true) { (own, output, _) throws(CollectorFailure) in
            output.add(own.metric, 4)
            kill(getpid(), SIGSEGV)
        },
        RehearsedCollector.named("silent", mayBlock: true) { (_, _, _) throws(CollectorFailure) in _exit(0) },
        RehearsedCollector.named("failing") { (own, output, _) throws(CollectorFailure) in
            output.add(own.metric, 5)
            throw own.failure("no such sensor")
        },
        RehearsedCollector.named("failing_child", mayBlock: true) { (own, output, _) throws(CollectorFailure) in
            output.add(own.metric, 6)
            throw own.failure("no such mount")
        },
        // More values than a pipe holds.
        RehearsedCollector.named("flood", mayBlock: true) { (own, output, _) throws(CollectorFailure) in
            for number in 0..<20_000 { output.add(own.metric, instance: "instance \(number)", Double(number)) }
        },
    ]
}
