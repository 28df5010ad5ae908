"""Measures `metricsd logs` over the batches of many servers, with `sort -m` on the same files beside it, and prints JSON.

The batches are files of simulated lines; the journal is one that metricsd made, with a row for each of them.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import time

WINDOW = 1200
# 2026-11-20T12:00:00Z
START = 1_795_176_000


def run(command, **options):
    """Seconds, and the resident memory at its highest in bytes."""
    begin = time.monotonic()
    process = subprocess.Popen(command, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begin
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}")
    return seconds, usage.ru_maxrss * 1024


def state(arguments):
    """A state directory with a journal, and the configuration that names it."""
    folder = f"{arguments.folder}/merge"
    os.mkdir(folder)
    hosts = "".join(
        f'<host name="web-{number}" address="127.0.0.1" port="{arguments.port}">'
        '<log name="access" path="/var/log/access.log"><store/></log></host>'
        for number in range(arguments.hosts)
    )
    with open(f"{folder}/server_config.xml", "w", encoding="utf-8") as file:
        file.write(
            f'<metricsd user="{arguments.user}" key="{arguments.key}" known-hosts="{arguments.known_hosts}" '
            f'remote-directory="{folder}/probe"><state directory="{folder}/state"/>'
            f'<database host="127.0.0.1" port="1" user="nobody" name="metricsd"/>{hosts}</metricsd>'
        )
    # It makes the journal; that there is no database does not matter.
    subprocess.run([arguments.program, "run", "--once"], cwd=folder, capture_output=True, check=False, timeout=120)
    return folder


def fill(arguments, folder):
    """The batches' files and their rows; returns the files by server, and bytes in all."""
    journal = sqlite3.connect(f"{folder}/state/journal.sqlite")
    files, size = [], 0
    windows = 2
    lines = arguments.lines // windows
    for host in range(arguments.hosts):
        directory = f"{folder}/state/logs/web-{host}/access"
        os.makedirs(directory, mode=0o700, exist_ok=True)
        for window in range(windows):
            start = START + window * WINDOW
            path = f"{directory}/batch-{window}.log"
            subprocess.run(
                [arguments.program, "generate", "--fast", "--format", "combined", "--rates", str(lines // 1000),
                 "--durations", "1000", "--seed", str(host * windows + window), "--output", path,
                 "--start", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start))],
                check=True, capture_output=True)
            count = os.path.getsize(path)
            files.append(path)
            size += count
            journal.execute(
                "INSERT INTO batches (host, log, window_start, window_seconds, part, file_name, format, opened_at, state, "
                "byte_count, line_count, hash_state, header, clock_skew_ms, appended_at, is_compressed, stored_bytes, "
                "attempts, is_being_renamed) VALUES (?, 'access', ?, ?, 1, ?, 'auto', ?, 'closed', ?, ?, x'', x'', 0, ?, "
                "0, ?, 0, 0)",
                (f"web-{host}", start * 1000, WINDOW, f"batch-{window}.log", start * 1000, count, lines, start * 1000,
                 count))
    journal.commit()
    journal.close()
    return files, size


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("program", "folder", "user", "key", "known-hosts"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--lines", type=int, default=1_000_000, help="of each host")
    arguments = parser.parse_args()

    folder = state(arguments)
    files, size = fill(arguments, folder)
    total = arguments.lines // 2000 * 2000 * arguments.hosts
    counted = subprocess.run(
        f"'{arguments.program}' logs --format raw | wc -l", shell=True, cwd=folder, capture_output=True, check=True)
    if int(counted.stdout) != total:
        sys.exit(f"metricsd logs printed {int(counted.stdout)} of {total} lines")
    best = {}
    with open("/dev/null", "wb") as null:
        for _ in range(2):
            # In turns, so that what changes on the machine meanwhile meets all.
            for name, command in {
                "logs": [arguments.program, "logs"],
                "raw": [arguments.program, "logs", "--format", "raw"],
                "json": [arguments.program, "logs", "--format", "json"],
                "grep": [arguments.program, "logs", "--grep", "POST /api"],
                "one_host": [arguments.program, "logs", "--host", "web-1"],
                "sort": ["sort", "-m", "-s", "-k4.2,4.21", "--batch-size=100"] + files,
                "cat": ["cat"] + files,
            }.items():
                seconds, resident = run(command, cwd=folder, stdout=null, env=os.environ | {"LC_ALL": "C"})
                if name not in best or seconds < best[name]["seconds"]:
                    best[name] = {"seconds": seconds, "resident_bytes": resident}
    begin = time.monotonic()
    with subprocess.Popen([arguments.program, "logs"], cwd=folder, stdout=subprocess.PIPE) as process:
        process.stdout.read(1)
        first = time.monotonic() - begin
        process.stdout.close()
    print(json.dumps({"hosts": arguments.hosts, "lines": total, "bytes": size, "first_seconds": first} | best))


main()
