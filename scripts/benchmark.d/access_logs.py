"""Access logs for scripts/benchmark: three measurements, each of which prints one line of JSON.

    count    parse and count a file of combined lines on one core, beside GoAccess, mawk and grep on the same file
    pull     pull a long log from a loopback host, beside `ssh host cat` of the same file
    follow   keep up with ten logs that grow by 100,000 lines a second in all
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from fleet import descendants, stat


def measure(command, stdout=subprocess.DEVNULL, cpus=None):
    """Wall and processor seconds, and the largest resident size in bytes, of a command that must succeed."""
    limit = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, preexec_fn=limit)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}: {errors.decode(errors='replace')[-2000:]}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "bytes": usage.ru_maxrss * 1024}


def generate(program, path, lines):
    """A file of so many combined lines over a hundred seconds of their own time."""
    began = time.monotonic()
    subprocess.run(
        [program, "generate", "--fast", "--format", "combined", "--rates", str(lines // 100), "--durations", "100",
         "--seed", "1", "--output", path],
        check=True,
    )
    return time.monotonic() - began


def count(arguments):
    path = os.path.join(arguments.folder, "combined.log")
    took = generate(arguments.program, path, arguments.lines)
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass  # Everybody reads from memory.
    core = {max(os.sched_getaffinity(0))}
    watch = [arguments.program, "watch", path, "--once", "--json"]
    totals = json.loads(subprocess.run(watch, check=True, capture_output=True).stdout)
    if totals["lines"] != arguments.lines or totals["hits"] != arguments.lines:
        sys.exit(f"metricsd counted {totals['hits']} hits in {totals['lines']} lines of {arguments.lines}")
    runs = [measure(watch, cpus=core) for _ in range(3)]
    mawk = ["mawk", '{ s[$9]++; b += $10 } END { for (c in s) print c, s[c]; print b }', path]
    result = {
        "lines": arguments.lines,
        "bytes": os.path.getsize(path),
        "generate_seconds": took,
        "metricsd": min(runs, key=lambda run: run["wall"]),
        "mawk": measure(mawk, cpus=core),
        "grep": measure(["grep", "-c", "HTTP/1", path], cpus=core),
        "goaccess": None,
    }
    # The slowest: in the short form the file's first part stands for all of it.
    sample = os.path.join(arguments.folder, "sample.log")
    sampled = min(arguments.lines, arguments.goaccess_lines)
    with open(path, "rb") as whole, open(sample, "wb") as part:
        for _ in range(sampled):
            part.write(whole.readline())
    result["goaccess"] = measure(
        ["goaccess", sample, "--no-global-config", "--log-format=COMBINED", "--no-progress", "-o",
         os.path.join(arguments.folder, "goaccess.json")],
        cpus=core,
    ) | {"lines": sampled}
    os.remove(path)
    os.remove(sample)
    return result


class Daemon:
    """metricsd on one loopback host with logs."""

    def __init__(self, arguments, logs, metrics="uptime_seconds"):
        self.folder = tempfile.mkdtemp(dir=arguments.folder)
        with open(arguments.host_key, encoding="utf-8") as file:
            key = " ".join(file.read().split()[:2])
        with open(f"{self.folder}/known_hosts", "w", encoding="utf-8") as file:
            file.write(f"[127.0.0.1]:{arguments.port} {key}\n")
        elements = "\n".join(
            f'    <log name="{name}" path="{path}" format="combined" start="beginning" interval="1s"/>'
            for name, path in logs.items()
        )
        with open(f"{self.folder}/server_config.xml", "w", encoding="utf-8") as file:
            file.write(
                f'<metricsd interval="1s" timeout="10s" user="{arguments.user}" key="{arguments.key}"\n'
                f'    known-hosts="known_hosts" port="{arguments.port}" metrics="{metrics}">\n'
                f'  <state directory="state"/>\n'
                f'  <host name="host-1" address="127.0.0.1" remote-directory="{self.folder}/probe">\n{elements}\n  </host>\n'
                f'</metricsd>\n'
            )
        self.log = f"{self.folder}/metricsd.log"
        self.client = shutil.which("mariadb") or shutil.which("mysql")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [arguments.program, "run", "--config", f"{self.folder}/server_config.xml"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def hits(self):
        result = subprocess.run(
            [self.client, "--no-defaults", f"--socket={self.folder}/state/mariadb/mariadb.sock", "--user=root", "--batch",
             "--skip-column-names", "metricsd", "-e", "SELECT COALESCE(SUM(hits), 0) FROM traffic"],
            check=False, capture_output=True, text=True,
        )
        return int(result.stdout) if result.returncode == 0 else 0

    def wait(self, what, seconds, condition):
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f"no {what} within {seconds} s; metricsd says:\n{self.text()[-3000:]}")
            time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def pull(arguments):
    path = os.path.join(arguments.folder, "long.log")
    lines = arguments.bytes // 139
    generate(arguments.program, path, lines // 100 * 100)
    size = os.path.getsize(path)
    ssh = ["ssh", "-F", "none", "-p", str(arguments.port), "-i", arguments.key, "-o", "IdentitiesOnly=yes",
           "-o", f"UserKnownHostsFile={arguments.known_hosts}", f"{arguments.user}@127.0.0.1", "cat", path]
    # Before and behind, so that what changes on the machine meanwhile meets both.
    before = measure(ssh)
    daemon = Daemon(arguments, {"access": path})
    try:
        caught = daemon.wait(
            "end of the log", 300, lambda: re.search(r"read up to its end: (\d+) bytes in ([0-9.]+) s", daemon.text())
        )
        memory = stat(daemon.process.pid)[4]
        probes = [child for child in descendants(arguments.sshd) if stat(child)[0].startswith("metricsd-probe")]
        probe = max((stat(child)[2] for child in probes), default=0.0)
        own = stat(daemon.process.pid)[2]
        daemon.wait("count of every line", 60, lambda: daemon.hits() == lines // 100 * 100)
    finally:
        daemon.stop()
    after = measure(ssh)
    os.remove(path)
    return {
        "bytes": size,
        "seconds": float(caught[2]),
        "ssh_seconds": (before["wall"] + after["wall"]) / 2,
        "cpu_seconds": own,
        "probe_cpu_seconds": probe,
        "resident_bytes": memory,
    }


def follow(arguments):
    logs = {f"log-{number}": os.path.join(arguments.folder, f"follow-{number}.log") for number in range(10)}
    files = [open(path, "ab", buffering=0) for path in logs.values()]
    daemon = Daemon(arguments, logs)
    try:
        daemon.wait("first poll", 120, lambda: "connected to" in daemon.text())
        began, own = time.monotonic(), stat(daemon.process.pid)[2]
        written, worst, late = 0, 0, 0.0
        # A tenth of a second's lines at a time, to a schedule.
        for turn in range(arguments.seconds * 10):
            due = began + turn / 10
            time.sleep(max(0.0, due - time.monotonic()))
            late = max(late, time.monotonic() - due)
            now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
            for number, file in enumerate(files):
                file.write(b"".join(
                    b'192.0.2.%d - - [%s] "GET /section-%d/item?id=%d HTTP/1.1" 200 1234 "-" "Mozilla/5.0 (X11; Linux)"\n'
                    % (line % 250, now.encode(), line % 20, number)
                    for line in range(1000)
                ))
            written += 10 * 1000
            if turn % 10 == 9:
                worst = max(worst, written - daemon.hits())
        ended = time.monotonic()
        daemon.wait("count of every line", 60, lambda: daemon.hits() == written)
        behind = time.monotonic() - ended
        own = stat(daemon.process.pid)[2] - own
    finally:
        daemon.stop()
        for path in logs.values():
            os.remove(path)
    return {
        "lines": written,
        "seconds": ended - began,
        "worst_behind_lines": worst,
        "behind_at_end_seconds": behind,
        "writer_late_seconds": late,
        "cpu_seconds": own,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["count", "pull", "follow"])
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--lines", type=int, default=2_000_000, help="count: lines of the file")
    parser.add_argument("--goaccess-lines", type=int, default=2_000_000, help="count: how many of them GoAccess is given")
    parser.add_argument("--bytes", type=int, default=1 << 30, help="pull: size of the file, about")
    parser.add_argument("--seconds", type=int, default=30, help="follow: how long the logs grow")
    parser.add_argument("--sshd", type=int, help="its process id")
    parser.add_argument("--port", type=int)
    parser.add_argument("--user")
    parser.add_argument("--key")
    parser.add_argument("--host-key", help="the public one")
    parser.add_argument("--known-hosts")
    arguments = parser.parse_args()
    print(json.dumps({"count": count, "pull": pull, "follow": follow}[arguments.what](arguments)))


if __name__ == "__main__":
    main()
