import LogBatches
import Wire

/// `<store>`, and what `<state>` says about its files.
extension SettingsReader {
    /// Nil where something in it is wrong and has been reported.
    func store(_ element: Element, ofLog log: String) -> StoreSettings? {
        let scope = Scope(elements: [element])
        let window = window(ofStore: element)
        let pattern = namePattern(of: element, window: window)
        let delivery = delivery(ofStore: element)
        let keep = scope.duration("keep") ?? .seconds(7 * 86_400)
        let compressAfter = compressAfter(of: element, keep: keep)
        guard let window, let pattern else { return nil }
        return StoreSettings(
            window: window,
            closeAfter: scope.duration("close-after") ?? .seconds(120),
            namePattern: pattern,
            prefix: scope.text("prefix") ?? log,
            delivery: delivery,
            keep: keep,
            compressAfter: compressAfter
        )
    }

    private func window(ofStore element: Element) -> Duration? {
        guard let attribute = element.attribute("window") else { return .seconds(1_200) }
        guard let window = DurationText.parse(attribute.value),
            Grammar.store.attributes.first(where: { $0.name == "window" })?.kind.accepts(attribute.value) == true
        else { return nil }
        guard BatchWindow.isAllowed(window) else {
            findings.error(
                at: attribute.valueLocation,
                "a day is not a whole number of windows of '\(quoted(attribute.value))'",
                allowed: "whole seconds that divide a day, such as 1m 5m 10m 15m 20m 30m 1h 6h 1d"
            )
            return nil
        }
        return window
    }

    private func namePattern(of element: Element, window: Duration?) -> String? {
        let attribute = element.attribute("name")
        let pattern = attribute?.value ?? BatchName.standardPattern
        guard !pattern.allSatisfy(\.isWhitespace) else { return nil }
        do throws(BatchName.Invalid) {
            _ = try BatchName(pattern)
        } catch {
            findings.error(at: attribute?.valueLocation, "'name' of <store> cannot be used: \(error)")
            return nil
        }
        if let window, let finding = BatchName.findings(pattern: pattern, window: window) {
            findings.error(
                at: attribute?.valueLocation ?? element.location,
                "two files would have one name: \(finding)"
            )
        }
        return pattern
    }

    private func delivery(ofStore element: Element) -> String? {
        guard let attribute = element.attribute("deliver"), NameText.isName(attribute.value) else { return nil }
        usedDeliveries.insert(attribute.value)
        let names = deliveries.map(\.name)
        if !names.contains(attribute.value) {
            findings.error(
                at: attribute.valueLocation,
                "there is no delivery '\(quoted(attribute.value))'",
                allowed: names.isEmpty
                    ? "add <delivery name=\"\(attribute.value)\" server=\"sftp://user@host/folder\"/> to <metricsd>"
                    : "deliveries are: \(names.joined(separator: ", "))",
                suggestion: NearestMatch.of(attribute.value, in: names)
            )
        }
        return attribute.value
    }

    private func compressAfter(of element: Element, keep: Duration) -> Duration? {
        guard let attribute = element.attribute("compress-after") else { return .seconds(3 * 3_600) }
        guard attribute.value != "never" else { return nil }
        let after = DurationText.parse(attribute.value)
        if let after, after >= keep {
            findings.warning(
                at: attribute.location,
                "files are removed after \(DurationText.format(keep)), before they are compressed",
                allowed: "a shorter compress-after, a longer keep, or compress-after=\"never\""
            )
        }
        return after
    }

    func maxDisk() -> UInt64? {
        guard let attribute = root.children("state").first?.attribute("max-disk"),
            let bytes = SizeText.parse(attribute.value)
        else { return nil }
        if !logElements.values.contains(where: { $0.store != nil }) {
            findings.warning(
                at: attribute.location,
                "'max-disk' limits nothing: no log has a <store>",
                allowed: "it is about the files of stored logs only"
            )
        }
        let isTold = deliveries.contains { $0.settings?.recipients.isEmpty == false }
        if root.attribute("mail") == nil, !isTold, root.children("smtp").first != nil {
            findings.warning(
                at: attribute.location,
                "nobody is told when 'max-disk' is nearly used up",
                allowed: "add mail=\"…\" to <metricsd> or a <delivery>"
            )
        }
        return UInt64(bytes)
    }

    /// Batches of two logs that would have one name where they are delivered: the second is stored under another name
    /// then, and that is told each time.
    func checkNames(ofBatches logs: [(element: LogElement, settings: LogSettings)], host: String, address: String) {
        for log in logs {
            guard let store = log.settings.store, let delivery = store.delivery,
                let name = try? BatchName(store.namePattern)
            else { continue }
            // Windows of every length have one that begins at midnight.
            let file = name.fileName(
                prefix: store.prefix,
                host: host,
                log: log.settings.name,
                address: address,
                windowStart: Timestamp(milliseconds: 0),
                windowSeconds: Int(store.window.components.seconds),
                part: 1
            )
            let place = "\(delivery)/\(file)"
            guard let other = batchNames[place] else {
                batchNames[place] = "the log '\(log.settings.name)' of '\(host)'"
                continue
            }
            let element = log.element.element
            // Once for all hosts that share the log.
            guard storesWithSharedNames.insert(ObjectIdentifier(element)).inserted else { continue }
            findings.warning(
                at: element.children("store").first?.location,
                "files of the log '\(log.settings.name)' of '\(quoted(host))' and of \(other) would have the same names in "
                    + "the delivery '\(delivery)'",
                allowed: "tell them apart by {host}, {log} or {address} in 'name', or by 'prefix'"
            )
        }
    }
}
