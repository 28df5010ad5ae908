import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// `--print`: one reading of the host for people and for whoever reads the Prometheus format.
struct ProbePrinting {
    let collectors: [Collector]

    /// Blocks until all collectors have answered or passed their deadline.
    ///
    /// - Parameter selectors: as in a plan; what is not known among them yields nothing.
    /// - Returns: the text, and the collectors that failed.
    func read(_ selectors: [String]) -> (text: String, failures: [CollectorFailure]) {
        let plan = ActivePlan(CollectionPlan(metrics: selectors), collectors: collectors)
        let runs = plan.collectors
        if runs.hasRates {
            runs.prime()
            usleep(200_000)
        }
        runs.begin()
        while !runs.isComplete {
            var wait = ReadinessWait()
            runs.prepare(&wait)
            wait.wait()
            runs.advance(after: wait, now: SystemClock.uptimeNanoseconds())
        }
        return (text(of: runs.samples), runs.failures)
    }

    /// By metric in the order of the collectors' list; a name may be there twice, by itself and with a set's instances.
    private func text(of samples: [Sample]) -> String {
        var output = PrometheusText()
        var written: [String] = []
        let metrics = collectors.flatMap { $0.metrics }.filter { $0.number != nil }
        for metric in metrics where !written.contains(metric.name) {
            written.append(metric.name)
            let numbers = metrics.filter { $0.name == metric.name }.compactMap { $0.number }
            let values = samples.filter { numbers.contains($0.metric) }
            if values.isEmpty { continue }
            output.begin(metric.name, unit: metric.unit, description: metric.description)
            for value in values { output.add(metric.name, instance: value.instance, value.value) }
        }
        return output.text
    }
}
