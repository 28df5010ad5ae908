"""Log collection for scripts/benchmark: prints one line of JSON.

Twenty loopback hosts with a log each, all there from the beginning, are pulled into batch files.
"""

import argparse
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from fleet import stat


def generate(program, path, size):
    """Combined lines over an hour of their own time, about so many bytes."""
    lines = size // 139 // 3600
    subprocess.run(
        [program, "generate", "--fast", "--format", "combined", "--rates", str(lines), "--durations", "3600",
         "--seed", "1", "--output", path],
        check=True,
    )
    return os.path.getsize(path)


def stored(journal):
    """Bytes of lines that are committed."""
    if not os.path.exists(journal):
        return 0
    connection = sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=5)
    try:
        return connection.execute("SELECT COALESCE(SUM(byte_count), 0) FROM batches").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # Not made yet.
    finally:
        connection.close()


def high_water(process):
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) * 1024


def collect(arguments):
    folder = tempfile.mkdtemp(dir=arguments.folder)
    size = generate(arguments.program, f"{folder}/access-0.log", arguments.bytes)
    for number in range(1, arguments.hosts):
        shutil.copyfile(f"{folder}/access-0.log", f"{folder}/access-{number}.log")
    with open(arguments.host_key, encoding="utf-8") as file:
        key = " ".join(file.read().split()[:2])
    addresses = [f"127.0.1.{number + 1}" for number in range(arguments.hosts)]
    with open(f"{folder}/known_hosts", "w", encoding="utf-8") as file:
        file.writelines(f"[{address}]:{arguments.port} {key}\n" for address in addresses)
    hosts = "\n".join(
        f'  <host name="host-{number}" address="{address}" remote-directory="{folder}/probe">\n'
        f'    <log name="access" path="{folder}/access-{number}.log" format="combined" start="beginning" interval="1s">\n'
        f'      <store/>\n    </log>\n  </host>'
        for number, address in enumerate(addresses)
    )
    with open(f"{folder}/server_config.xml", "w", encoding="utf-8") as file:
        file.write(
            f'<metricsd interval="10s" timeout="30s" user="{arguments.user}" key="{arguments.key}"\n'
            f'    known-hosts="known_hosts" port="{arguments.port}" metrics="uptime_seconds">\n'
            f'  <state directory="state"/>\n{hosts}\n</metricsd>\n'
        )
    began = time.monotonic()
    with open(f"{folder}/metricsd.log", "wb") as log:
        process = subprocess.Popen(
            [arguments.program, "run", "--config", f"{folder}/server_config.xml"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )
    wanted = size * arguments.hosts
    try:
        while True:
            now, bytes_stored = time.monotonic(), stored(f"{folder}/state/journal.sqlite")
            if bytes_stored >= wanted:
                break
            if process.poll() is not None or now > began + 600:
                with open(f"{folder}/metricsd.log", encoding="utf-8", errors="replace") as file:
                    sys.exit(f"{bytes_stored} of {wanted} bytes are stored; metricsd says:\n{file.read()[-3000:]}")
            time.sleep(0.05)
        seconds, resident, cpu = time.monotonic() - began, high_water(process.pid), stat(process.pid)[2]
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
    # What is on the disk is what was there to be collected.
    for number in range(arguments.hosts):
        batches = sorted(os.listdir(f"{folder}/state/logs/host-{number}/access"))
        paths = [f"{folder}/state/logs/host-{number}/access/{name}" for name in batches]
        total = sum(os.path.getsize(path) for path in paths if os.path.isfile(path))
        if total != size:
            sys.exit(f"host-{number}: {total} bytes in {len(paths)} batches instead of {size}")
    shutil.rmtree(folder)
    return {
        "hosts": arguments.hosts,
        "bytes": wanted,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "resident_bytes": resident,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--bytes", type=int, default=100_000_000, help="of each host's log, about")
    parser.add_argument("--port", type=int)
    parser.add_argument("--user")
    parser.add_argument("--key")
    parser.add_argument("--host-key", help="the public one")
    print(json.dumps(collect(parser.parse_args())))


if __name__ == "__main__":
    main()
