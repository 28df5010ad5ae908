"""Deliveries for scripts/benchmark: prints one line of JSON.

Batches that wait because the receiver's directory is not there go as soon as it is, one behind the other, with nothing else to
do. The receiver syncs and hashes one while the next is sent, so what counts is the time of all: from the begin of the first to the
receipt of the last, as metricsd's log has them. Beside it OpenSSH's `sftp -b` puts the same file, before and behind.
"""

import argparse
import datetime
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from access_logs import measure
from fleet import stat

DELIVERED = re.compile(r"^(\S+) info edw: delivered \S+ .*bytes=(\d+) checked=(\S+) .*to=(\S+) took=(\d+)ms", re.MULTILINE)


def generate(path, size):
    """Combined lines of yesterday, about so many bytes: their window is over, and their batch closes at once."""
    day = time.strftime("%d/%b/%Y", time.gmtime(time.time() - 86_400))
    with open(path, "w", encoding="utf-8") as file:
        written, number = 0, 0
        while written < size:
            text = "".join(
                f'192.0.2.{line % 250} - - [{day}:12:{number // 600 % 60:02}:{number // 10 % 60:02} +0000] '
                f'"GET /section-{line % 20}/item?id={number * 1000 + line} HTTP/1.1" 200 {line * 7} "-" "Mozilla/5.0 (X11; Linux)"\n'
                for line in range(1000)
            )
            file.write(text)
            written += len(text)
            number += 1


def put(arguments, folder, batch):
    """Seconds that `sftp -b` takes for these commands."""
    with open(f"{folder}/batch", "w", encoding="utf-8") as file:
        file.write(batch + "\n")
    return measure(
        ["sftp", "-q", "-F", "none", "-b", f"{folder}/batch", "-P", str(arguments.port), "-i", arguments.key,
         "-o", "IdentitiesOnly=yes", "-o", f"UserKnownHostsFile={arguments.known_hosts}",
         f"{arguments.user}@127.0.0.1"]
    )["wall"]


def puts(arguments, folder, path, count):
    """Of each put without the login."""
    seconds = []
    for _ in range(count):
        login = put(arguments, folder, "pwd")
        seconds.append(put(arguments, folder, f"put {path} {folder}/put") - login)
        os.remove(f"{folder}/put")
    return seconds


def deliver(arguments):
    folder = tempfile.mkdtemp(dir=arguments.folder)
    path = f"{folder}/log-0.log"
    generate(path, arguments.bytes)
    size = os.path.getsize(path)
    for number in range(1, arguments.batches):
        os.link(path, f"{folder}/log-{number}.log")
    with open(arguments.host_key, encoding="utf-8") as file:
        key = " ".join(file.read().split()[:2])
    with open(f"{folder}/known_hosts", "w", encoding="utf-8") as file:
        file.write(f"[127.0.0.1]:{arguments.port} {key}\n")
    elements = "\n".join(
        f'    <log name="log-{number}" path="{folder}/log-{number}.log" format="combined" start="beginning" interval="1s">\n'
        f'      <store window="24h" close-after="1s" deliver="edw"/>\n    </log>'
        for number in range(arguments.batches)
    )
    with open(f"{folder}/server_config.xml", "w", encoding="utf-8") as file:
        file.write(
            f'<metricsd interval="10s" timeout="20s" user="{arguments.user}" key="{arguments.key}"\n'
            f'    known-hosts="known_hosts" port="{arguments.port}" metrics="uptime_seconds">\n'
            f'  <state directory="state"/>\n'
            f'  <delivery name="edw" server="sftp://{arguments.user}@127.0.0.1:{arguments.port}{folder}/incoming" retry="10s"/>\n'
            f'  <host name="host-1" address="127.0.0.1" remote-directory="{folder}/probe">\n{elements}\n  </host>\n'
            f'</metricsd>\n'
        )
    before = puts(arguments, folder, path, 2)
    with open(f"{folder}/metricsd.log", "wb") as log:
        process = subprocess.Popen(
            [arguments.program, "run", "--config", f"{folder}/server_config.xml"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )

    def said():
        with open(f"{folder}/metricsd.log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(what, seconds, condition):
        end = time.monotonic() + seconds
        while not condition():
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{what}: not within {seconds} s; metricsd says:\n{said()[-3000:]}")
            time.sleep(0.1)

    failed = f"{folder}/state/logs/host-1"
    try:
        wait(
            "all batches failed",
            300,
            lambda: all(os.path.isdir(f"{failed}/log-{number}/failed") for number in range(arguments.batches)),
        )
        cpu = stat(process.pid)[2]
        os.mkdir(f"{folder}/incoming")
        wait("all batches delivered", 300, lambda: len(DELIVERED.findall(said())) == arguments.batches)
        cpu = stat(process.pid)[2] - cpu
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
    delivered = DELIVERED.findall(said())
    for _, bytes_sent, _, stored, _ in delivered:
        if int(bytes_sent) != size or subprocess.run(["cmp", "-s", path, stored], check=False).returncode != 0:
            sys.exit(f"{stored} is not what was written")
    after = puts(arguments, folder, path, 2)
    receipts = [datetime.datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp() for at, *_ in delivered]
    begins = [receipt - int(took) / 1000 for receipt, (*_, took) in zip(receipts, delivered)]
    return {
        "bytes": size,
        "batches": arguments.batches,
        "checked": delivered[0][2],
        "seconds": max(receipts) - min(begins),
        "sftp_seconds": statistics.median(before + after),
        "cpu_seconds": cpu / arguments.batches,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--bytes", type=int, default=300_000_000, help="of each batch, about")
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("--port", type=int)
    parser.add_argument("--user")
    parser.add_argument("--key")
    parser.add_argument("--host-key", help="the public one")
    parser.add_argument("--known-hosts")
    print(json.dumps(deliver(parser.parse_args())))


if __name__ == "__main__":
    main()
