/// The elements of log collection: what is stored, where it is delivered, who is told how much it was.
extension Grammar {
    static let store = ElementGrammar(
        "store",
        "Keeps every line of its log, as it was, in files under the state directory: logs/HOST/LOG/, one for each window of "
            + "time. A line counts by the time in it, in UTC; one without a readable time by its arrival.",
        attributes: [
            .init(
                "window",
                .duration(.seconds(10) ... .seconds(86_400)),
                defaultText: "20m",
                "How much time a file covers: whole seconds of which a day has a whole number."
            ),
            .init(
                "close-after",
                .duration(.seconds(1) ... .seconds(3_600)),
                defaultText: "2m",
                "How long after its window a file is closed and delivered. Lines that come later go into a further part of "
                    + "it."
            ),
            .init(
                "name",
                .fileNamePattern,
                defaultText: "{prefix}_{yyMMddHH}_{mm-mm}_{address}.log",
                "What the files are called. Fields: {prefix}, {host}, {log}, {address} of the host, {part}, and of the "
                    + "window's first second in UTC yyyy, yy, MM, dd, HH, mm, ss, also joined; {mm-mm} is its first and its "
                    + "last minute. Without {part}, further parts have -2, -3… before the extension."
            ),
            .init("prefix", .name, defaultText: "the log's name", "What {prefix} stands for."),
            .init(
                "deliver",
                .name,
                defaultText: "nowhere",
                "Name of the <delivery> that closed files are sent to."
            ),
            .init(
                "keep",
                .duration(.seconds(60) ... .seconds(3_650 * 86_400)),
                defaultText: "7d",
                "How long a file is kept after it was closed. What is not delivered yet is kept until it is."
            ),
            .init(
                "compress-after",
                .durationOrNever(.zero ... .seconds(3_650 * 86_400)),
                defaultText: "3h",
                "How long after closing a file is compressed (gzip), once it is delivered; never: not at all."
            ),
        ],
        isSingle: true
    )

    static let delivery = ElementGrammar(
        "delivery",
        "A server that gets the closed files of stored logs, over SFTP: under a temporary name, checked, then renamed. What "
            + "cannot be delivered is kept and tried again until it can. What it does not say about logging in is that of "
            + "<metricsd>.",
        attributes: [
            .init("name", .name, isRequired: true, "Its name, for deliver of <store> and in mails; no two share one."),
            .init(
                "server",
                .deliveryServer,
                isRequired: true,
                "sftp://user@host:port/folder. Without a user, the user of <metricsd>, else the account that runs "
                    + "metricsd; without a port, 22. The folder is absolute; /~/folder is one in the login directory, and "
                    + "none at all is the login directory itself. It must exist."
            ),
        ] + login + [
            .init(
                "timeout",
                timeouts,
                defaultText: "that of <metricsd>, else 10s",
                "What logging in may take, and each step after it, such as a piece of a file."
            ),
            .init(
                "retry",
                .duration(.seconds(10) ... .seconds(86_400)),
                defaultText: "5m",
                "Time between two tries of a file that could not be delivered in three."
            ),
            .init(
                "mail",
                .mailAddresses,
                defaultText: "that of <metricsd>",
                "Who is told when it fails, and what is found wrong with its files."
            ),
        ],
        children: ["alert"]
    )

    static let summary = ElementGrammar(
        "summary",
        "A mail every hour about stored logs: files, lines and bytes by host, what was delivered and what was not, logs "
            + "that are silent, and the hour's alerts.",
        attributes: [
            .init(
                "at",
                .duration(.zero ... .seconds(3_599)),
                defaultText: "15m",
                "How far into each hour it is made; it covers the hour before that moment."
            ),
            .init("mail", .mailAddresses, defaultText: "that of <metricsd>", "Who gets it."),
        ],
        isSingle: true
    )

    /// How to log in, as hosts have it.
    private static var login: [AttributeGrammar] {
        let names = [
            "key", "agent", "password", "password-file", "password-env", "passphrase", "passphrase-file",
            "passphrase-env",
            "known-hosts", "host-key",
        ]
        return inherited.filter { names.contains($0.name) }.map { attribute in
            AttributeGrammar(
                attribute.name,
                attribute.kind,
                defaultText: "that of <metricsd>" + (attribute.defaultText.map { ", else \($0)" } ?? ""),
                attribute.summary
            )
        }
    }
}
