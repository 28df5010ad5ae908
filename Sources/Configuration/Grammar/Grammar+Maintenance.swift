/// What keeps notifications back: maintenance, and the hosts on the way.
extension Grammar {
    static let parent = AttributeGrammar(
        "parent",
        .name,
        "Name of the host that it is reached through, such as a gateway. While that one is unreachable, the alerts "
            + "unreachable, no_data and log_silent of this one are held back; the gateway's mail names who stands behind it."
    )

    static let maintenance = ElementGrammar(
        "maintenance",
        "A time in which nobody is told of alerts, though they are kept and shown. What still fires at its end is told then. "
            + "It holds for the hosts of the element it stands in; in <metricsd> for all of them and for metricsd itself.",
        attributes: [
            .init("from", .wallTime, isRequired: true, "When it begins."),
            .init(
                "to",
                .wallTime,
                isRequired: true,
                "When it ends. With every it may be earlier than from: it is on the next day then, or in the next week."
            ),
            .init(
                "every",
                .choice(MaintenanceWindow.Recurrence.allCases.map(\.rawValue)),
                defaultText: "once",
                "How often it comes again."
            ),
            .init(
                "timezone",
                .text,
                defaultText: "that of this server",
                "Whose clock is meant: UTC, or a name such as Europe/Berlin."
            ),
            .init("type", .alertType, defaultText: "all", "The type of the alerts that nobody is told of."),
            .init("reason", .text, "What is done, for mails and metricsd status."),
        ]
    )
}
