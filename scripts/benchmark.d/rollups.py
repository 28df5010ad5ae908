"""Roll-ups and retention for scripts/benchmark: prints one line of JSON.

A private MariaDB with its defaults gets the samples of one day, minute by minute as a fleet's come in. metricsd sums them up at
its start, as hours that are due; then, with a shorter `keep`, it drops the day and removes its hours. Both times stand in its
log; CPU time is that of the server and of metricsd.
"""

import argparse
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from fleet import stat

METRICS = 50
SUMMED_UP = re.compile(
    r"samples are summed up, and old rows removed.* days=(?P<days>\d+) dropped=(?P<dropped>\S*) hours=(?P<hours>\d+) "
    r"rows_removed=(?P<removed>\d+) took=(?P<took>\d+)ms"
)


class Server:
    """A MariaDB on a socket, with its defaults."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = f"{folder}/socket"
        self.client = shutil.which("mariadb") or shutil.which("mysql")
        user = ["--user=root"] if os.geteuid() == 0 else []
        os.mkdir(f"{folder}/tmp")
        common = ["--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}/tmp"] + user
        subprocess.run(
            ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        program = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        with open(f"{folder}/log", "wb") as log:
            self.process = subprocess.Popen(
                [program, *common, f"--socket={self.socket}", f"--pid-file={folder}/pid", "--skip-networking"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        end = time.monotonic() + 60
        while True:
            try:
                self.run("CREATE DATABASE metricsd", database=None)
                return
            except subprocess.CalledProcessError as error:
                if time.monotonic() > end:
                    sys.exit(f"MariaDB does not answer: {error.stderr}")
                time.sleep(0.1)

    def run(self, sql, database="metricsd"):
        return subprocess.run(
            [self.client, "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch", "--skip-column-names"]
            + ([database] if database else []),
            input=sql, check=True, capture_output=True, text=True,
        ).stdout.split()

    def cpu(self):
        return stat(self.process.pid)[2]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def fill(server, day, series, minutes):
    """A value of each series each minute of that day, each minute a transaction; seconds that it took."""
    with open("db_model.sql", encoding="utf-8") as file:
        server.run(file.read())
    before = day - datetime.timedelta(days=1)
    partitions = ", ".join(
        f"PARTITION p{date:%Y%m%d} VALUES LESS THAN (TO_DAYS('{date + datetime.timedelta(days=1)}'))" for date in (before, day)
    )
    server.run(
        f"ALTER TABLE samples REORGANIZE PARTITION p_future INTO ({partitions}, PARTITION p_future VALUES LESS THAN MAXVALUE);\n"
        f"INSERT INTO hosts (host_id, name) SELECT seq, CONCAT('host-', seq) FROM seq_1_to_{series // METRICS};\n"
        f"INSERT INTO metrics (metric_id, name) SELECT seq, CONCAT('metric_', seq) FROM seq_1_to_{METRICS};\n"
        f"INSERT INTO series (series_id, host_id, metric_id) SELECT seq, 1 + (seq - 1) DIV {METRICS}, 1 + (seq - 1) MOD {METRICS} "
        f"FROM seq_1_to_{series // METRICS * METRICS};\n"
    )
    begin = time.monotonic()
    step = 1440 // minutes
    server.run("SET GLOBAL innodb_flush_log_at_trx_commit = 2;\n" + "".join(
        f"INSERT INTO samples SELECT seq, '{day}' + INTERVAL {minute * step} MINUTE, RAND() * 100 FROM seq_1_to_{series};\n"
        for minute in range(minutes)
    ) + "SET GLOBAL innodb_flush_log_at_trx_commit = 1;\n")
    return time.monotonic() - begin


def upkeep(arguments, folder, server, keep):
    """Runs metricsd until it has said what it did: its figures, and the CPU seconds of server and metricsd."""
    with open(arguments.host_key, encoding="utf-8") as file:
        key = " ".join(file.read().split()[:2])
    with open(f"{folder}/known_hosts", "w", encoding="utf-8") as file:
        file.write(f"[127.0.0.1]:{arguments.port} {key}\n")
    with open(f"{folder}/server_config.xml", "w", encoding="utf-8") as file:
        file.write(
            f'<metricsd interval="60s" user="{arguments.user}" key="{arguments.key}" known-hosts="known_hosts"\n'
            f'    port="{arguments.port}" metrics="uptime_seconds">\n  <state directory="state"/>\n'
            f'  <database socket="{server.socket}" user="root" {keep}/>\n'
            f'  <host name="host-1" address="127.0.0.1" remote-directory="{folder}/host"/>\n</metricsd>\n'
        )
    log = f"{folder}/metricsd.log"
    before = server.cpu()
    with open(log, "wb") as file:
        daemon = subprocess.Popen(
            [arguments.program, "run", "--config", f"{folder}/server_config.xml"],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        )
    try:
        end = time.monotonic() + 900
        while True:
            with open(log, encoding="utf-8") as file:
                text = file.read()
            found = SUMMED_UP.search(text)
            if found:
                return {
                    "hours": int(found["hours"]), "days": int(found["days"]), "dropped": found["dropped"],
                    "removed": int(found["removed"]), "seconds": int(found["took"]) / 1000,
                    "server_cpu": server.cpu() - before, "own_cpu": stat(daemon.pid)[2],
                }
            if daemon.poll() is not None or time.monotonic() > end:
                sys.exit(f"metricsd did not sum up: {text[-2000:]}")
            time.sleep(0.05)
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "folder", "user", "key", "host-key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--series", type=int, default=7_000)
    parser.add_argument("--minutes", type=int, default=1_440, help="values of each series, a divisor of 1440")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="rollups-", dir=arguments.folder)
    server = Server(folder)
    try:
        day = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=3)
        filled = fill(server, day, arguments.series, arguments.minutes)
        rolled = upkeep(arguments, folder, server, 'keep="30d"')
        # Without what metricsd polls itself.
        ours = f"WHERE series_id <= {arguments.series}"
        samples, hourly, daily = map(int, server.run(
            f"SELECT COUNT(*) FROM samples {ours}; SELECT SUM(count) FROM samples_hourly {ours}; "
            f"SELECT SUM(count) FROM samples_daily {ours};"
        ))
        if not samples == hourly == daily:
            sys.exit(f"{samples} samples, but {hourly} in hours and {daily} in days")
        retained = upkeep(arguments, folder, server, 'keep="1d" keep-hourly="1d"')
        left = int(server.run(f"SELECT COUNT(*) FROM samples WHERE collected_at < '{day}' + INTERVAL 1 DAY")[0])
        if left or f"p{day:%Y%m%d}" not in retained["dropped"]:
            sys.exit(f"{left} samples of the day are left")
    finally:
        server.stop()
    print(json.dumps({"samples": arguments.series * arguments.minutes, "series": arguments.series, "filled": filled,
                      "rolled": rolled, "retained": retained}))


if __name__ == "__main__":
    main()
