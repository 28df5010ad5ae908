import AccessLogs

extension Grammar {
    static func secret(_ name: String, _ what: String) -> [AttributeGrammar] {
        [
            .init(name, .secret, "\(what)."),
            .init("\(name)-file", .path, "File that holds it; read at each use."),
            .init("\(name)-env", .environmentVariable, "Environment variable that holds it."),
        ]
    }

    static let elements: [ElementGrammar] = [
        .init(
            "metricsd",
            "The outermost element. Its attributes are the defaults of every host, its alerts, commands and logs apply "
                + "to every host.",
            carriesHostSettings: true,
            children: [
                "state", "database", "smtp", "delivery", "summary", "group", "host", "alert", "maintenance", "command",
                "log",
            ]
        ),
        .init(
            "state",
            "Where metricsd keeps its journal, the files of stored logs, and its database where there is no <database>.",
            attributes: [
                .init(
                    "directory",
                    .path,
                    defaultText: "/var/lib/metricsd for root and the packaged service, else "
                        + "$XDG_STATE_HOME/metricsd or ~/.local/state/metricsd",
                    "Directory, created where it is missing. The default holds where there is no <state>, too."
                ),
                .init(
                    "max-disk",
                    .size(64 << 20...1 << 50),
                    defaultText: "no limit but the disk",
                    "What the files of stored logs may take in all. At 90 % of it a mail is sent; when it is used up, logs "
                        + "with a <store> are not pulled until there is room again, and their lines wait on their hosts."
                ),
            ],
            isSingle: true
        ),
        .init(
            "database",
            "The MySQL or MariaDB server that gets the rows, and how long they are kept. Without it, or where it names "
                + "nothing of a server (only keep, keep-hourly, keep-daily), metricsd starts a private MariaDB in the "
                + "state directory.",
            attributes: [
                .init("host", .address, defaultText: "localhost", "Where the server is."),
                .init("port", ports, defaultText: "3306", "Its TCP port."),
                .init("socket", .path, "Its unix socket, instead of host and port."),
                .init("name", .text, defaultText: "metricsd", "Name of the database."),
                .init("user", .text, defaultText: "metricsd", "Who logs in."),
            ] + secret("password", "The user's password") + [
                .init(
                    "tls",
                    .choice(["preferred", "required", "verified"]),
                    defaultText: "preferred on this machine; verified over a network or where ca is given",
                    "preferred: TLS where the server has it. required: never without. verified: the certificate must be "
                        + "valid for the host too."
                ),
                .init("ca", .path, defaultText: "the system's", "Certificates (PEM) that may sign the server's."),
                .init(
                    "keep",
                    // Each day has a partition, and a table at most 8,192 of them.
                    .duration(.seconds(86_400) ... .seconds(3_650 * 86_400)),
                    defaultText: "30d",
                    "How long each value is kept (samples), and outputs of commands and the hits by section "
                        + "(command_outputs, traffic_sections). Whole days are dropped, once they are summed up."
                ),
                .init(
                    "keep-hourly",
                    .duration(.seconds(86_400) ... .seconds(36_500 * 86_400)),
                    defaultText: "400d, or keep where that is longer",
                    "How long the sums by hour are kept (samples_hourly), and traffic. Not shorter than keep."
                ),
                .init(
                    "keep-daily",
                    .duration(.seconds(86_400) ... .seconds(36_500 * 86_400)),
                    defaultText: "10y, or keep-hourly where that is longer",
                    "How long the sums by day are kept (samples_daily), alerts that are over, and receipts of files "
                        + "that were removed. Not shorter than keep-hourly."
                ),
            ],
            isSingle: true
        ),
        .init(
            "smtp",
            "The server that takes the mails. Without it alerts are recorded and logged, and no mail is sent.",
            attributes: [
                .init(
                    "server",
                    .mailServer,
                    isRequired: true,
                    "smtp://host:port (default 25; STARTTLS, required where a password is sent) or smtps://host:port "
                        + "(default 465; TLS from the start)."
                ),
                .init("from", .mailSender, isRequired: true, "Sender of the mails."),
                .init("user", .text, "Who logs in, where the server wants that."),
            ] + secret("password", "The user's password") + [
                .init("ca", .path, defaultText: "the system's", "Certificates (PEM) that may sign the server's.")
            ],
            isSingle: true
        ),
        delivery,
        summary,
        .init(
            "group",
            "Shares settings among hosts: its attributes are inherited, its alerts, commands and logs apply to every "
                + "host in it. Groups may stand in groups.",
            attributes: [.init("name", .name, "Name of the group."), parent],
            carriesHostSettings: true,
            children: ["group", "host", "alert", "maintenance", "command", "log"]
        ),
        .init(
            "host",
            "A server to watch.",
            attributes: [
                .init("name", .name, isRequired: true, "Its name in rows and mails; no two hosts share one."),
                .init("address", .address, defaultText: "the name", "Where it is reached."),
                parent,
            ],
            carriesHostSettings: true,
            children: ["alert", "maintenance", "command", "log"]
        ),
        .init(
            "alert",
            "When something is wrong: a mail when it begins and one when it is over.",
            attributes: [
                .init(
                    "type",
                    .alertType,
                    isRequired: true,
                    "A metric type, the name of a command, unreachable (polls fail), no_data (no sample came), "
                        + "high_traffic (a log has more requests per second than above), log_silent (no request came "
                        + "in a log) or delivery_failed (stored logs cannot be delivered). In a <log> only high_traffic "
                        + "and log_silent; delivery_failed only in a <delivery>, or in <metricsd> for all of them."
                ),
                .init(
                    "instance",
                    .glob,
                    defaultText: "*",
                    "Which mounts, devices, interfaces, logs, deliveries…: each that matches has an alert of its own."
                ),
                .init(
                    "above",
                    .number,
                    defaultText: "none; 10 for high_traffic",
                    "Fires while the value is above this number, in the metric's unit; for high_traffic in requests "
                        + "per second."
                ),
                .init(
                    "below",
                    .number,
                    "Fires while the value is below this number. A metric type needs one of both; a command without "
                        + "them fires when it does not exit with 0."
                ),
                .init(
                    "clear",
                    .number,
                    defaultText: "the threshold",
                    "The alert is over when the value is back on the other side of this number."
                ),
                .init(
                    "for",
                    .duration(.zero ... .seconds(7 * 86_400)),
                    defaultText: "0s; 5m for log_silent",
                    "How long it must hold before the alert fires. For log_silent at least two intervals of the log."
                ),
                .init(
                    "window",
                    .duration(.seconds(10) ... .seconds(3_600)),
                    defaultText: "2m",
                    "For high_traffic: over how long the requests are averaged, in whole seconds. The window slides by "
                        + "the second."
                ),
                .init("severity", .choice(["warning", "critical"]), defaultText: "warning", "How bad it is."),
                .init(
                    "repeat",
                    .duration(.seconds(60) ... .seconds(30 * 86_400)),
                    defaultText: "off",
                    "Sends the mail again at this distance while the alert fires."
                ),
                .init(
                    "mail",
                    .mailAddresses,
                    defaultText: "that of its log or delivery, else of the host",
                    "Who gets its mails."
                ),
            ]
        ),
        maintenance,
        .init(
            "command",
            "A command to run on the host with sh -c. The first number it prints is its value, a metric of the "
                + "command's name; what it prints is kept in command_outputs. Nagios plugins are understood.",
            attributes: [
                .init("name", .name, isRequired: true, "Its name: a metric type on its host, for alerts and in rows."),
                .init("run", .text, isRequired: true, "The command line."),
                .init("interval", intervals, defaultText: "the host's", "Time between two runs."),
                .init(
                    "timeout",
                    timeouts,
                    defaultText: "30s, or the command's interval where that is shorter",
                    "What a run may take; it is killed then."
                ),
                .init(
                    "output-limit",
                    .size(0...1_048_576),
                    defaultText: "64KiB",
                    "How much of what it prints is kept."
                ),
            ]
        ),
        .init(
            "log",
            "An access log to follow on the host: its requests are counted into traffic and traffic_sections, and its "
                + "alerts watch them. Rotated files are read to their end.",
            attributes: [
                .init("name", .name, isRequired: true, "Its name in rows and alerts; a host has it once."),
                .init("path", .remoteFile, isRequired: true, "The file on the host, which the login user can read."),
                .init(
                    "format",
                    .choice(AccessLogFormat.allCases.map(\.rawValue)),
                    defaultText: "auto",
                    "How its lines are written. auto: decided by the first lines of each file. common and combined: as "
                        + "Apache and nginx write them. w3c: with #Fields, as IIS writes them. plain: any text; nothing of it is "
                        + "counted as traffic, and a line's own time is read where it begins with one."
                ),
                .init(
                    "interval",
                    .duration(.seconds(1) ... .seconds(3_600)),
                    defaultText: "5s",
                    "Time between two readings; while there is more than one reading takes, it is read on at once."
                ),
                .init(
                    "start",
                    .choice(["end", "beginning"]),
                    defaultText: "end",
                    "Where it is taken up the first time: behind what is there already, or at the first line of the file."
                ),
                .init(
                    "mail",
                    .mailAddresses,
                    defaultText: "the host's mail",
                    "Who gets the mails of alerts on this log, and is told of lines that are lost."
                ),
            ],
            children: ["alert", "skip", "store"]
        ),
        store,
        .init(
            "skip",
            "Requests of a log that are counted as skipped and nowhere else, such as health checks. Where both attributes "
                + "are given, both must match; of several <skip> one is enough.",
            attributes: [
                .init("path", .glob, "Matches the path of the request, without its query."),
                .init("agent", .glob, "Matches the user agent."),
            ]
        ),
    ]
}
