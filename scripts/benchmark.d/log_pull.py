"""Pulling a large log, for scripts/benchmark: prints one line of JSON with the throughput of metricsd and of ssh.

metricsd follows the log on a loopback host from its beginning, into its own MariaDB; in the same run, before and behind
it, `ssh host cat FILE` throws the same bytes away. What the probe has read is what the kernel counts for it, so nothing
is asked of metricsd while it is measured; that no line was lost or counted twice is looked up in the database.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")


def stat(process):
    """Name, parent, CPU seconds (man 5 proc)."""
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        text = file.read()
    fields = text[text.rindex(")") + 2 :].split()
    return text[text.index("(") + 1 : text.rindex(")")], int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS


def probe_of(sshd):
    """The probe below sshd, once it is there: the newest one, and not a child of it."""
    found = None
    for entry in os.listdir("/proc"):
        try:
            name, parent, _ = stat(entry)
            if not name.startswith("metricsd-probe") or stat(parent)[0].startswith("metricsd-probe"):
                continue
            ancestor = parent
            while ancestor > 1 and ancestor != sshd:
                ancestor = stat(ancestor)[1]
            if ancestor == sshd:
                found = max(found or 0, int(entry))
        except (OSError, ValueError):
            continue  # No process, or one that has ended meanwhile.
    return found


def bytes_read(process):
    """By read(2) and its like, from the page cache too (man 5 proc, io)."""
    with open(f"/proc/{process}/io", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("rchar:"))


class Pull:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = os.path.join(arguments.folder, "log-pull")
        os.makedirs(self.folder, mode=0o700)
        self.size = os.path.getsize(arguments.log)
        self.client = shutil.which("mariadb") or shutil.which("mysql")

    def ssh(self):
        """Megabytes per second of `ssh host cat FILE`."""
        command = [
            "ssh", "-F", "none", "-p", str(self.arguments.port), "-i", self.arguments.key, "-o", "IdentitiesOnly=yes",
            "-o", f"UserKnownHostsFile={self.arguments.known_hosts}", "-o", "StrictHostKeyChecking=yes",
            f"{self.arguments.user}@127.0.0.1", f"cat '{self.arguments.log}'",
        ]
        began = time.monotonic()
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return self.size / 1e6 / (time.monotonic() - began)

    def configure(self):
        path = f"{self.folder}/server_config.xml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                f'<metricsd interval="10s" timeout="10s" user="{self.arguments.user}" key="{self.arguments.key}"\n'
                f'    known-hosts="{self.arguments.known_hosts}" port="{self.arguments.port}" metrics="uptime_seconds">\n'
                f'  <state directory="state"/>\n'
                f'  <host name="web-1" address="127.0.0.1" remote-directory="{self.folder}/remote">\n'
                f'    <log name="access" path="{self.arguments.log}" start="beginning"/>\n'
                f'  </host>\n'
                f'</metricsd>\n'
            )
        os.makedirs(f"{self.folder}/remote", mode=0o700)
        return path

    def counted(self):
        """Lines in the database."""
        answer = subprocess.run(
            [self.client, "--no-defaults", f"--socket={self.folder}/state/mariadb/mariadb.sock", "--user=root", "--batch",
             "--skip-column-names", "metricsd", "-e", "SELECT COALESCE(SUM(hits + skipped + unread), 0) FROM traffic"],
            capture_output=True, text=True,
        )
        return int(answer.stdout or 0) if answer.returncode == 0 else 0

    def metricsd(self):
        log = f"{self.folder}/metricsd.log"
        with open(log, "wb") as file:
            daemon = subprocess.Popen(
                [self.arguments.program, "run", "--config", self.configure()], stdin=subprocess.DEVNULL, stdout=file,
                stderr=file,
            )
        try:
            end = time.monotonic() + self.arguments.patience
            probe = began = None
            while True:
                now = time.monotonic()
                if daemon.poll() is not None or now > end:
                    with open(log, encoding="utf-8", errors="replace") as file:
                        sys.exit(f"metricsd does not read the log\n{''.join(file.readlines()[-20:])}")
                probe = probe or probe_of(self.arguments.sshd)
                count = bytes_read(probe) if probe else 0
                # Its own program and /proc are less than that.
                if began is None and count > 1 << 20:
                    began, first = now, count
                    daemon_began, probe_began, sshd = stat(daemon.pid)[2], stat(probe)[2], stat(probe)[1]
                    sshd_began = stat(sshd)[2]
                if began is not None and count >= self.size:
                    break
                time.sleep(0.005 if began is None else 0.02)
            rate = (count - first) / 1e6 / (now - began)
            gigabytes = (count - first) / 1e9
            cpu = {
                "metricsd": (stat(daemon.pid)[2] - daemon_began) / gigabytes,
                "sshd": (stat(sshd)[2] - sshd_began) / gigabytes,
                "probe": (stat(probe)[2] - probe_began) / gigabytes,
            }
            lines = self.counted()
            while lines < self.arguments.lines and time.monotonic() < end:
                time.sleep(0.5)
                lines = self.counted()
        finally:
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(30)
            except subprocess.TimeoutExpired:
                daemon.kill()
        return rate, cpu, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="the metricsd to measure")
    parser.add_argument("--folder", required=True, help="where its state goes")
    parser.add_argument("--sshd", type=int, required=True, help="the process of the sshd")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--known-hosts", required=True)
    parser.add_argument("--log", required=True, help="an access log of about a gigabyte")
    parser.add_argument("--lines", type=int, required=True, help="how many lines it has")
    parser.add_argument("--patience", type=float, default=300, help="seconds for the whole")
    pull = Pull(parser.parse_args())

    # Into the page cache: the disk is not what is measured.
    with open(pull.arguments.log, "rb") as file:
        while file.read(1 << 20):
            pass
    before = pull.ssh()
    rate, cpu, lines = pull.metricsd()
    after = pull.ssh()
    print(
        json.dumps(
            {
                "bytes": pull.size,
                "lines": pull.arguments.lines,
                "lines_counted": lines,
                "megabytes_per_second": round(rate, 1),
                "ssh_megabytes_per_second": [round(before, 1), round(after, 1)],
                "share_of_ssh": round(rate / ((before + after) / 2), 3),
                "cpu_seconds_per_gigabyte": {name: round(seconds, 2) for name, seconds in cpu.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
