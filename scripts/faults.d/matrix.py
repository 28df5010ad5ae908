"""Runs the faults that scripts/faults was asked for, several at a time, and prints the table."""

import argparse
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading

import database
import hosts
import itself
import mail
import report
from fault import ALL, Row, duration
from processes import Interrupted, adopt_orphans, end_everything, run, stopping

# Each module registers its faults when it is loaded.
GROUPS = {"database": database, "hosts": hosts, "mail": mail, "itself": itself}


def chosen(names):
    if not names:
        return list(ALL.values())
    found = []
    for name in names:
        matching = [fault for key, fault in ALL.items() if key == name or key.startswith(name + ".")]
        if not matching:
            print(f"scripts/faults: there is no fault {name}; --list shows them", file=sys.stderr)
            sys.exit(64)
        found += [fault for fault in matching if fault not in found]
    return found


def require_namespaces():
    if os.geteuid() != 0 or not shutil.which("ip", path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
        print("scripts/faults needs root and ip netns (iproute2) for namespaces of its own.", file=sys.stderr)
        sys.exit(69)
    try:
        run("ip", "netns", "list")
        run("unshare", "--net", "--mount", "true")
    except Exception as error:
        print(f"scripts/faults needs namespaces, which this machine does not give: {error}", file=sys.stderr)
        sys.exit(69)


def work(waiting, rows, arguments, folder):
    while not stopping.is_set():
        try:
            fault = waiting.get_nowait()
        except queue.Empty:
            return
        row = Row(fault, folder, arguments.program, arguments.short)
        print(f"{fault.name}: {row.done} …", file=sys.stderr, flush=True)
        try:
            row.run()
        except Interrupted:
            return
        except Exception as error:  # A mistake of the matrix's own is a row that does not hold its promise.
            row.failures.append(f"{type(error).__name__}: {error}")
            import traceback

            traceback.print_exc()
        rows[fault.name] = row
        print(f"{fault.name}: {report.verdict(row)} ({row.took:.0f} s)", file=sys.stderr, flush=True)
        for failure in row.failures:
            print(f"    {failure}", file=sys.stderr, flush=True)
        if row.failures and row.tail:
            print("    metricsd said last:\n" + row.tail, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/faults")
    parser.add_argument("--program", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--write")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.list:
        for fault in ALL.values():
            print(f"{fault.name:24} {fault.done.replace('{time}', duration(fault.seconds[0]))}")
        return 0
    if arguments.write and arguments.only:
        print("scripts/faults: --write is for the whole table, not for --only some faults", file=sys.stderr)
        return 64
    faults = chosen(arguments.only)
    require_namespaces()
    adopt_orphans()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    folder = tempfile.mkdtemp(prefix="metricsd-faults-")
    waiting, rows = queue.Queue(), {}
    # The longest first, so that nobody waits for them at the end.
    for fault in sorted(faults, key=lambda fault: -fault.seconds[1 if arguments.short else 0]):
        waiting.put(fault)
    workers = [
        threading.Thread(target=work, args=(waiting, rows, arguments, folder), daemon=True)
        for _ in range(max(arguments.jobs, 1))
    ]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(0.5)
    finally:
        stopping.set()
        for worker in workers:
            worker.join(30)
        end_everything()
        if not os.environ.get("METRICSD_FAULTS_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    finished = [rows[name] for name in ALL if name in rows]
    if len(finished) < len(faults):
        print("scripts/faults was ended before all faults were run", file=sys.stderr)
        return 130
    print(report.machine(arguments.short) + "\n")
    print(report.table(finished))
    failed = [row for row in finished if row.failures]
    if arguments.write:
        report.write(arguments.write, finished, arguments.short)
    for row in failed:
        print(f"{row.fault.name} does not hold: {'; '.join(row.failures)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
