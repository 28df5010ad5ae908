-- The tables and views of metricsd, for MariaDB 10.6 or newer and MySQL 8.0 or newer.
--
-- metricsd applies this file when it starts. By hand: create a database, then
--     mysql metricsd < db_model.sql
-- Everything is "create what is missing": applying the file again changes nothing and loses nothing.
--
-- Tables of earlier versions lack columns. metricsd adds them; by hand, before applying the file:
-- those of version 1
--     ALTER TABLE traffic ADD COLUMN unread BIGINT UNSIGNED NOT NULL DEFAULT 0;
-- those of version 1 and 2
--     ALTER TABLE log_batches ADD COLUMN part INT UNSIGNED NOT NULL DEFAULT 1, ADD COLUMN window_seconds INT UNSIGNED NOT NULL DEFAULT 0, ADD COLUMN opened_at DATETIME(3) NULL, ADD COLUMN closed_at DATETIME(3) NULL, ADD COLUMN delivery VARCHAR(64) NULL, ADD COLUMN last_error TEXT NULL, ADD COLUMN is_compressed BOOLEAN NOT NULL DEFAULT FALSE, ADD COLUMN removed_at DATETIME(3) NULL;
--     UPDATE log_batches b JOIN (SELECT batch_id, ROW_NUMBER() OVER (PARTITION BY host_id, log_name, window_start ORDER BY batch_id) AS number FROM log_batches) n ON n.batch_id = b.batch_id SET b.part = n.number;
--     ALTER TABLE log_batches ADD UNIQUE KEY log_batches_by_part (host_id, log_name, window_start, part), ADD KEY log_batches_by_end (closed_at), ADD KEY log_batches_by_sending (sent_at), DROP KEY log_batches_by_path, DROP KEY log_batches_by_log;
--
-- All times are UTC. All text is utf8mb4 and compared byte by byte. The generated columns *_length are there for the
-- unique keys: both servers ignore trailing spaces when they compare utf8mb4_bin, but the names of mount points and
-- devices do not. There are no foreign keys, because partitioned tables cannot have them and some clusters do not
-- support them; metricsd restores a row of hosts or series that was deleted while its host is still monitored.

SET NAMES utf8mb4;

CREATE TABLE IF NOT EXISTS schema_version (
    version INT UNSIGNED NOT NULL COMMENT 'number of this schema; the highest row counts',
    applied_at DATETIME(3) NOT NULL COMMENT 'when it was applied first',
    PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Which version of db_model.sql this database has';

CREATE TABLE IF NOT EXISTS hosts (
    host_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    name VARCHAR(255) NOT NULL COMMENT 'as in server_config.xml',
    name_length SMALLINT UNSIGNED GENERATED ALWAYS AS (CHAR_LENGTH(name)) STORED,
    address VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'as in server_config.xml: name or IP address',
    port SMALLINT UNSIGNED NOT NULL DEFAULT 22 COMMENT 'of its SSH server',
    machine_id VARCHAR(64) NULL COMMENT 'its /etc/machine-id: tells a reinstalled or exchanged machine',
    kernel VARCHAR(255) NULL COMMENT 'uname -r',
    architecture VARCHAR(64) NULL COMMENT 'uname -m',
    state ENUM('up', 'unreachable', 'refused', 'unknown') NOT NULL DEFAULT 'unknown'
        COMMENT 'refused: it answers, but does not let metricsd in',
    last_seen DATETIME(3) NULL COMMENT 'when it last answered a poll',
    last_error TEXT NULL COMMENT 'why the last failed poll failed and what to do about it',
    clock_skew_ms BIGINT NULL COMMENT 'its clock minus that of metricsd, milliseconds',
    PRIMARY KEY (host_id),
    UNIQUE KEY hosts_by_name (name, name_length)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Every server that is or was monitored';

CREATE TABLE IF NOT EXISTS metrics (
    metric_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    name VARCHAR(128) NOT NULL COMMENT 'metric type, or the name of a configured command',
    name_length SMALLINT UNSIGNED GENERATED ALWAYS AS (CHAR_LENGTH(name)) STORED,
    unit VARCHAR(32) NOT NULL DEFAULT '' COMMENT 'percent, bytes, seconds...; empty for a plain number',
    description VARCHAR(1000) NOT NULL DEFAULT '',
    PRIMARY KEY (metric_id),
    UNIQUE KEY metrics_by_name (name, name_length)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'What is measured';

CREATE TABLE IF NOT EXISTS series (
    series_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    host_id INT UNSIGNED NOT NULL COMMENT 'hosts.host_id',
    metric_id INT UNSIGNED NOT NULL COMMENT 'metrics.metric_id',
    instance VARCHAR(512) NOT NULL DEFAULT '' COMMENT 'mount point, device, interface, core...; empty where there is one',
    instance_length SMALLINT UNSIGNED GENERATED ALWAYS AS (CHAR_LENGTH(instance)) STORED,
    PRIMARY KEY (series_id),
    UNIQUE KEY series_by_host (host_id, metric_id, instance, instance_length),
    KEY series_by_metric (metric_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'One line of values: a metric of a host, for one instance';

-- metricsd splits a partition for each coming day off the last one, so that old days can be dropped as a whole.
CREATE TABLE IF NOT EXISTS samples (
    series_id INT UNSIGNED NOT NULL COMMENT 'series.series_id',
    collected_at DATETIME(3) NOT NULL COMMENT 'UTC, when the value was read on the host',
    value DOUBLE NOT NULL COMMENT 'in the unit of its metric',
    PRIMARY KEY (series_id, collected_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Every measured value; views metric_values and latest_metric_values show it with names'
    PARTITION BY RANGE (TO_DAYS(collected_at)) (
        PARTITION p_future VALUES LESS THAN MAXVALUE
    );

CREATE TABLE IF NOT EXISTS samples_hourly (
    series_id INT UNSIGNED NOT NULL COMMENT 'series.series_id',
    hour_start DATETIME(3) NOT NULL COMMENT 'UTC, start of the hour',
    `min` DOUBLE NOT NULL,
    `avg` DOUBLE NOT NULL,
    `max` DOUBLE NOT NULL,
    `count` INT UNSIGNED NOT NULL COMMENT 'values in the hour',
    PRIMARY KEY (series_id, hour_start),
    KEY samples_hourly_by_time (hour_start)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'samples summed up by hour, kept longer than samples';

CREATE TABLE IF NOT EXISTS samples_daily (
    series_id INT UNSIGNED NOT NULL COMMENT 'series.series_id',
    day_start DATETIME(3) NOT NULL COMMENT 'UTC, start of the day',
    `min` DOUBLE NOT NULL,
    `avg` DOUBLE NOT NULL,
    `max` DOUBLE NOT NULL,
    `count` INT UNSIGNED NOT NULL COMMENT 'values in the day',
    PRIMARY KEY (series_id, day_start),
    KEY samples_daily_by_time (day_start)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'samples summed up by day, kept longest';

-- What metricsd has yet to sum up. Whoever changes samples by hand enters their hours here, with any writer but 0.
CREATE TABLE IF NOT EXISTS rollups_due (
    rollup ENUM('hourly', 'daily') NOT NULL COMMENT 'samples_hourly or samples_daily',
    start_at DATETIME(3) NOT NULL COMMENT 'UTC, start of an hour or day that rows came for since it was summed up',
    writer BIGINT UNSIGNED NOT NULL COMMENT 'connection that stored them; 0: they are being summed up',
    PRIMARY KEY (rollup, start_at, writer)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Hours and days whose rows in samples_hourly and samples_daily are to be made or made anew';

CREATE TABLE IF NOT EXISTS rollups (
    rollup ENUM('hourly', 'daily') NOT NULL COMMENT 'samples_hourly or samples_daily',
    final_before DATETIME(3) NOT NULL COMMENT 'UTC; earlier rows stay: what they sum up is removed, or about to be',
    PRIMARY KEY (rollup)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Up to when the sums by hour and by day are final';

CREATE TABLE IF NOT EXISTS alerts (
    alert_id VARCHAR(40) NOT NULL COMMENT 'as in the Message-ID of its mails',
    host VARCHAR(255) NOT NULL COMMENT 'hosts.name; stays when the host goes',
    type VARCHAR(128) NOT NULL COMMENT 'metric type, or unreachable, no_data, high_traffic, log_silent, log_loss...',
    instance VARCHAR(512) NOT NULL DEFAULT '' COMMENT 'mount point, device, log...; empty where there is one',
    severity ENUM('warning', 'critical') NOT NULL DEFAULT 'warning',
    comparison ENUM('above', 'below') NULL COMMENT 'to which side of the threshold is bad',
    threshold DOUBLE NULL COMMENT 'in the unit of the metric; NULL where the type has none',
    unit VARCHAR(32) NOT NULL DEFAULT '',
    value DOUBLE NULL COMMENT 'the newest value seen while it fired; once resolved, the value that ended it',
    peak DOUBLE NULL COMMENT 'the worst value while it fired',
    opened_at DATETIME(3) NOT NULL COMMENT 'UTC, when it fired',
    resolved_at DATETIME(3) NULL COMMENT 'UTC, when it was over; NULL while it fires',
    reason TEXT NULL COMMENT 'what is known about the cause',
    PRIMARY KEY (alert_id),
    KEY alerts_by_host (host, opened_at),
    KEY alerts_by_time (opened_at),
    KEY alerts_by_end (resolved_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Every alert that ever fired';

CREATE TABLE IF NOT EXISTS command_outputs (
    host_id INT UNSIGNED NOT NULL COMMENT 'hosts.host_id',
    command VARCHAR(128) NOT NULL COMMENT 'the name in server_config.xml',
    started_at DATETIME(3) NOT NULL COMMENT 'UTC',
    duration_ms INT UNSIGNED NOT NULL DEFAULT 0,
    ending ENUM('exited', 'signaled', 'timed_out', 'not_started') NOT NULL DEFAULT 'exited',
    exit_status INT NOT NULL COMMENT 'exit status, signal number or errno, by ending',
    output MEDIUMTEXT NOT NULL COMMENT 'standard output and standard error',
    is_truncated BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'it printed more than is kept',
    PRIMARY KEY (host_id, command, started_at),
    KEY command_outputs_by_time (started_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'What the configured commands printed';

CREATE TABLE IF NOT EXISTS traffic (
    host_id INT UNSIGNED NOT NULL COMMENT 'hosts.host_id',
    log_name VARCHAR(64) NOT NULL COMMENT 'the name in server_config.xml',
    window_start DATETIME(3) NOT NULL COMMENT 'UTC, start of the 10 seconds, by the time in the log lines',
    hits BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'requests',
    bytes BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'sent to the clients',
    status_1xx BIGINT UNSIGNED NOT NULL DEFAULT 0,
    status_2xx BIGINT UNSIGNED NOT NULL DEFAULT 0,
    status_3xx BIGINT UNSIGNED NOT NULL DEFAULT 0,
    status_4xx BIGINT UNSIGNED NOT NULL DEFAULT 0,
    status_5xx BIGINT UNSIGNED NOT NULL DEFAULT 0,
    status_other BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'no status, or none of these',
    clients BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'different client addresses',
    skipped BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'lines left out by <skip>',
    unread BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'lines that could not be read, in the window they came in',
    PRIMARY KEY (host_id, log_name, window_start),
    KEY traffic_by_time (window_start)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Access logs counted in windows of 10 seconds';

CREATE TABLE IF NOT EXISTS traffic_sections (
    host_id INT UNSIGNED NOT NULL COMMENT 'hosts.host_id',
    log_name VARCHAR(64) NOT NULL COMMENT 'the name in server_config.xml',
    window_start DATETIME(3) NOT NULL COMMENT 'UTC, start of the 10 seconds, by the time in the log lines',
    section VARCHAR(255) NOT NULL COMMENT 'first segment of the path, /api of /api/user; (other) for the rest of very many',
    hits BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'requests',
    PRIMARY KEY (host_id, log_name, window_start, section),
    KEY traffic_sections_by_time (window_start)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'The hits of traffic by section of the site';

-- Traffic is added up, and must be added once: the row of a metricsd moves in the transaction that adds.
CREATE TABLE IF NOT EXISTS journal_positions (
    journal_id VARCHAR(64) NOT NULL COMMENT 'made by metricsd for each state directory',
    last_record BIGINT UNSIGNED NOT NULL COMMENT 'traffic of its records up to this number is in traffic',
    recorded_at DATETIME(3) NOT NULL COMMENT 'UTC, when metricsd made that record',
    updated_at DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (journal_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Up to where the traffic of each metricsd is counted; deleting a row may count its last seconds twice';

CREATE TABLE IF NOT EXISTS log_batches (
    batch_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    host_id INT UNSIGNED NOT NULL COMMENT 'hosts.host_id',
    log_name VARCHAR(64) NOT NULL COMMENT 'the name in server_config.xml',
    path VARCHAR(700) NOT NULL COMMENT 'where the file is now, under the state directory',
    window_start DATETIME(3) NOT NULL COMMENT 'UTC, start of the time that the file covers, by the time in its lines',
    window_seconds INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'length of that time',
    part INT UNSIGNED NOT NULL DEFAULT 1 COMMENT '2 and more: lines that came after the file before it was closed',
    line_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
    byte_count BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'before compression',
    sha256 CHAR(64) NULL COMMENT 'of the closed file before compression, hexadecimal',
    state ENUM('open', 'closed', 'sent', 'failed') NOT NULL DEFAULT 'open'
        COMMENT 'closed: whole, and waiting where it has a delivery; failed: not delivered so far, tried again',
    opened_at DATETIME(3) NULL COMMENT 'UTC, when its first line came',
    closed_at DATETIME(3) NULL COMMENT 'UTC, since when nothing is added to it',
    delivery VARCHAR(64) NULL COMMENT 'name of the <delivery>; NULL: it is only kept',
    attempts INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'to deliver it',
    last_error TEXT NULL COMMENT 'why it is not delivered and what to do about it',
    remote_path VARCHAR(1000) NULL COMMENT 'where it was delivered to',
    sent_at DATETIME(3) NULL COMMENT 'UTC, when the receiver had it whole',
    is_compressed BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'the file is kept as .gz',
    removed_at DATETIME(3) NULL COMMENT 'UTC, when its time was over and the file was deleted',
    PRIMARY KEY (batch_id),
    UNIQUE KEY log_batches_by_part (host_id, log_name, window_start, part),
    KEY log_batches_by_window (window_start),
    KEY log_batches_by_state (state),
    KEY log_batches_by_end (closed_at),
    KEY log_batches_by_sending (sent_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
    COMMENT = 'Every file of collected log lines and what became of it; stays when the file is deleted';

-- Every value with its names. Give it a host and a time: WHERE host = 'web-1' AND collected_at > UTC_TIMESTAMP() - INTERVAL 1 HOUR
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW metric_values AS
SELECT
    h.name AS host,
    h.address AS address,
    m.name AS metric,
    s.instance AS instance,
    v.value AS value,
    m.unit AS unit,
    v.collected_at AS collected_at
FROM hosts h
JOIN series s ON s.host_id = h.host_id
JOIN metrics m ON m.metric_id = s.metric_id
JOIN samples v ON v.series_id = s.series_id;

-- The newest value of each series, however old it is.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW latest_metric_values AS
SELECT
    h.name AS host,
    h.address AS address,
    m.name AS metric,
    s.instance AS instance,
    v.value AS value,
    m.unit AS unit,
    v.collected_at AS collected_at
FROM hosts h
JOIN series s ON s.host_id = h.host_id
JOIN metrics m ON m.metric_id = s.metric_id
JOIN samples v ON v.series_id = s.series_id
WHERE v.collected_at = (
    SELECT newest.collected_at
    FROM samples newest
    WHERE newest.series_id = s.series_id
    ORDER BY newest.collected_at DESC
    LIMIT 1
);

-- samples_hourly with names. Give it a host and a time: WHERE host = 'web-1' AND hour_start > UTC_TIMESTAMP() - INTERVAL 30 DAY
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW metric_values_hourly AS
SELECT
    h.name AS host,
    h.address AS address,
    m.name AS metric,
    s.instance AS instance,
    r.`min` AS `min`,
    r.`avg` AS `avg`,
    r.`max` AS `max`,
    r.`count` AS `count`,
    m.unit AS unit,
    r.hour_start AS hour_start
FROM hosts h
JOIN series s ON s.host_id = h.host_id
JOIN metrics m ON m.metric_id = s.metric_id
JOIN samples_hourly r ON r.series_id = s.series_id;

-- samples_daily with names. Give it a host and a time: WHERE host = 'web-1' AND day_start > UTC_TIMESTAMP() - INTERVAL 1 YEAR
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW metric_values_daily AS
SELECT
    h.name AS host,
    h.address AS address,
    m.name AS metric,
    s.instance AS instance,
    r.`min` AS `min`,
    r.`avg` AS `avg`,
    r.`max` AS `max`,
    r.`count` AS `count`,
    m.unit AS unit,
    r.day_start AS day_start
FROM hosts h
JOIN series s ON s.host_id = h.host_id
JOIN metrics m ON m.metric_id = s.metric_id
JOIN samples_daily r ON r.series_id = s.series_id;

-- traffic with names and rates. Give it a host and a time: WHERE host = 'web-1' AND window_start > UTC_TIMESTAMP() - INTERVAL 1 HOUR
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW traffic_rates AS
SELECT
    h.name AS host,
    h.address AS address,
    t.log_name AS log_name,
    t.window_start AS window_start,
    t.hits AS hits,
    t.hits / 10 AS requests_per_second,
    t.bytes / 10 AS bytes_per_second,
    100 * t.status_4xx / NULLIF(t.hits, 0) AS client_error_percent,
    100 * t.status_5xx / NULLIF(t.hits, 0) AS server_error_percent,
    t.clients AS clients,
    t.skipped AS skipped,
    t.unread AS unread
FROM hosts h
JOIN traffic t ON t.host_id = h.host_id;

-- log_batches with the names of the hosts and the end of the time: what was delivered, what waits, what failed.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW log_batch_files AS
SELECT
    h.name AS host,
    h.address AS address,
    b.log_name AS log_name,
    b.window_start AS window_start,
    CAST(b.window_start + INTERVAL b.window_seconds SECOND AS DATETIME(3)) AS window_end,
    b.part AS part,
    b.state AS state,
    b.delivery AS delivery,
    b.line_count AS line_count,
    b.byte_count AS byte_count,
    b.sha256 AS sha256,
    b.path AS path,
    b.opened_at AS opened_at,
    b.closed_at AS closed_at,
    b.attempts AS attempts,
    b.last_error AS last_error,
    b.remote_path AS remote_path,
    b.sent_at AS sent_at,
    b.is_compressed AS is_compressed,
    b.removed_at AS removed_at
FROM log_batches b
LEFT JOIN hosts h ON h.host_id = b.host_id;

-- What fires now.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW open_alerts AS
SELECT
    a.alert_id AS alert_id,
    a.host AS host,
    h.address AS address,
    a.type AS type,
    a.instance AS instance,
    a.severity AS severity,
    a.comparison AS comparison,
    a.threshold AS threshold,
    a.value AS value,
    a.peak AS peak,
    a.unit AS unit,
    a.opened_at AS opened_at,
    a.reason AS reason
FROM alerts a
LEFT JOIN hosts h ON h.name = a.host AND h.name_length = CHAR_LENGTH(a.host)
WHERE a.resolved_at IS NULL;

INSERT INTO schema_version (version, applied_at) VALUES (4, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE version = version;
