/// `<summary>`.
extension SettingsReader {
    /// Nil where nobody would get it, which is reported.
    func summary(_ element: Element) -> SummarySettings? {
        let scope = Scope(elements: [element, root])
        if root.children("smtp").first == nil {
            findings.warning(
                at: element.location,
                "no summary will be sent: there is no <smtp>",
                allowed: "add <smtp server=\"…\" from=\"…\"/>"
            )
        }
        guard let recipients = scope.text("mail").map(ListText.words), !recipients.isEmpty else {
            findings.error(
                at: element.location,
                "nobody gets the summary",
                allowed: "add mail=\"…\" to it or <metricsd>"
            )
            return nil
        }
        return SummarySettings(
            at: element.attribute("at").flatMap { DurationText.parse($0.value) } ?? .seconds(900),
            recipients: recipients
        )
    }
}
