"""A fleet of loopback hosts for scripts/benchmark: runs metricsd over it and prints one line of JSON with its figures.

All hosts are one sshd, reached at 127.0.x.y addresses; each has a remote directory of its own, so each gets its own
upload. The database is the MariaDB that metricsd starts for itself; CPU time is counted for each process apart.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def stat(process):
    """Name, parent, CPU seconds of itself, CPU seconds of its dead children, resident bytes (man 5 proc)."""
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        text = file.read()
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    own = (int(fields[11]) + int(fields[12])) / TICKS
    children = (int(fields[13]) + int(fields[14])) / TICKS
    return name, int(fields[1]), own, children, int(fields[21]) * PAGE


def proportional_bytes(process):
    """Resident bytes, those shared with other processes divided among them (man 5 proc, smaps_rollup)."""
    with open(f"/proc/{process}/smaps_rollup", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))


def descendants(root):
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            parents.setdefault(stat(entry)[1], []).append(int(entry))
        except (OSError, ValueError):
            continue  # It has ended meanwhile.
    found, waiting = [], [root]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child)
    return found


class Fleet:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = tempfile.mkdtemp(prefix=f"fleet-{arguments.hosts}-", dir=arguments.folder)
        self.socket = f"{self.folder}/state/mariadb/mariadb.sock"
        self.client = shutil.which("mariadb") or shutil.which("mysql")
        self.log = f"{self.folder}/metricsd.log"

    def addresses(self):
        return [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(self.arguments.hosts)]

    def configure(self):
        with open(self.arguments.host_key, encoding="utf-8") as file:
            key = " ".join(file.read().split()[:2])
        with open(f"{self.folder}/known_hosts", "w", encoding="utf-8") as file:
            for address in self.addresses():
                file.write(f"[{address}]:{self.arguments.port} {key}\n")
        hosts = "\n".join(
            f'  <host name="host-{number:03}" address="{address}" remote-directory="{self.folder}/hosts/{number}"/>'
            for number, address in enumerate(self.addresses())
        )
        os.makedirs(f"{self.folder}/hosts")
        path = f"{self.folder}/server_config.xml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                f'<metricsd interval="1s" timeout="10s" user="{self.arguments.user}" key="{self.arguments.key}"\n'
                f'    known-hosts="known_hosts" port="{self.arguments.port}" metrics="standard">\n'
                f'  <state directory="state"/>\n{hosts}\n</metricsd>\n'
            )
        return path

    def query(self, sql):
        return subprocess.run(
            [self.client, "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch", "--skip-column-names",
             "metricsd", "-e", sql],
            check=True, capture_output=True, text=True,
        ).stdout.split()

    def up(self):
        try:
            return int(self.query("SELECT COUNT(*) FROM hosts WHERE state = 'up'")[0])
        except (subprocess.CalledProcessError, IndexError):
            return 0

    def run(self):
        configuration = self.configure()
        with open(self.log, "wb") as log:
            began = time.monotonic()
            self.daemon = subprocess.Popen(
                [self.arguments.program, "run", "--config", configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            while self.up() < self.arguments.hosts:
                if self.daemon.poll() is not None or time.monotonic() - began > 180:
                    sys.exit(f"metricsd has {self.up()} of {self.arguments.hosts} hosts; see {self.log}\n{self.tail()}")
                time.sleep(0.5)
            cold_start = time.monotonic() - began
            time.sleep(self.arguments.settle)
            self.totals()
            first_time = self.query("SELECT UTC_TIMESTAMP(3)")
            before = self.processor_times()
            time.sleep(self.arguments.seconds)
            after = self.processor_times()
            last_time = self.query("SELECT UTC_TIMESTAMP(3)")
            polls, skipped, lateness = self.totals()
            resident = stat(self.daemon.pid)[4]
            probes = [child for child in descendants(self.arguments.sshd) if stat(child)[0].startswith("metricsd-probe")]
            probe_bytes = max(proportional_bytes(probe) for probe in probes)
            time.sleep(2)  # What was collected until now is in the database then.
            rows, gap = self.rows(" ".join(first_time), " ".join(last_time))
        finally:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(30)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
        return {
            "hosts": self.arguments.hosts,
            "cold_start_seconds": round(cold_start, 1),
            "polls": polls,
            "skipped": skipped,
            "worst_lateness_ms": lateness,
            "worst_gap_ms": gap,
            "values_per_poll": round(rows / max(polls, 1)),
            "resident_bytes": resident,
            "probe_bytes": probe_bytes,
            "cpu_ms_per_poll": {
                name: round((after[name] - before[name]) * 1000 / max(polls, 1), 3) for name in before
            },
        }

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])

    def processor_times(self):
        times = {"metricsd": stat(self.daemon.pid)[2], "mariadbd": 0.0, "sshd": 0.0, "probe": 0.0}
        with open(f"{self.folder}/state/mariadb/mariadb.pid", encoding="utf-8") as file:
            times["mariadbd"] = stat(file.read().strip())[2]
        for process in descendants(self.arguments.sshd):
            try:
                name, parent, own, children, _ = stat(process)
                if name.startswith("metricsd-probe"):
                    # A child that runs a collector is counted by its probe once it has ended.
                    if not stat(parent)[0].startswith("metricsd-probe"):
                        times["probe"] += own + children
                else:
                    times["sshd"] += own
            except (OSError, ValueError):
                continue
        return times

    def totals(self):
        """What metricsd says since the last call: polls, skipped ones, and the worst delay of one behind its time."""
        marker = "polls since the last such line"
        before = self.lines(marker)
        self.daemon.send_signal(signal.SIGUSR1)
        for _ in range(100):
            lines = self.lines(marker)
            if len(lines) > len(before):
                fields = dict(word.split("=", 1) for word in lines[-1].split() if "=" in word)
                return int(fields["polls"]), int(fields["skipped"]), int(fields["worst_lateness_ms"])
            time.sleep(0.05)
        sys.exit(f"metricsd did not answer SIGUSR1; see {self.log}")

    def lines(self, marker):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return [line for line in file if marker in line]

    def rows(self, first, last):
        """Rows of the window, and how much longer than the interval the longest time between two polls of a host was."""
        rows, gap = self.query(
            f"""
            SELECT (SELECT COUNT(*) FROM samples WHERE collected_at BETWEEN '{first}' AND '{last}'),
                MAX(gap) / 1000 FROM (
                    SELECT TIMESTAMPDIFF(MICROSECOND, LAG(collected_at) OVER (PARTITION BY series_id
                        ORDER BY collected_at), collected_at) AS gap
                    FROM samples JOIN series USING (series_id) JOIN metrics USING (metric_id)
                    WHERE metrics.name = 'uptime_seconds' AND collected_at BETWEEN '{first}' AND '{last}') AS gaps
            """
        )
        return int(rows), round(float(gap) - 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--hosts", type=int, required=True)
    parser.add_argument("--settle", type=float, required=True, help="seconds between the last host's coming up and the count")
    parser.add_argument("--seconds", type=float, required=True, help="how long is counted")
    parser.add_argument("--sshd", type=int, required=True, help="its process id")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--host-key", required=True, help="the public one")
    print(json.dumps(Fleet(parser.parse_args()).run()))


if __name__ == "__main__":
    main()
