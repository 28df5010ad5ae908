"""Prints what scripts/benchmark has measured as Markdown: the machine, and a table with the targets."""

import json
import os
import platform
import subprocess
import sys


def first_line(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return (result.stdout + result.stderr).strip().split("\n")[0]


def machine(paramiko):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/etc/os-release", encoding="utf-8") as file:
        names = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    mariadb = first_line("mariadbd", "--version").split("Ver ")[-1].split("-")[0]
    ssh = first_line("ssh", "-V").split(",")[0]
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores; {names['PRETTY_NAME'].strip(chr(34))}, "
        f"Linux {platform.release()}; {ssh}, MariaDB {mariadb}, Python {platform.python_version()} "
        f"with paramiko {paramiko}; load average {os.getloadavg()[0]:.1f} at the end."
    )


def main():
    before, after, poll, crowd = (json.loads(text) for text in sys.argv[1:5])
    peers = [before["cpu_ms_per_poll"], after["cpu_ms_per_poll"]]
    peer_cpu = sum(peers) / 2
    peer_wall = (before["wall_ms_per_poll"] + after["wall_ms_per_poll"]) / 2
    cpu = poll["cpu_ms_per_poll"]
    own = cpu["metricsd"]
    hosts, many = poll["hosts"], crowd["hosts"]
    rows = [
        (f"Collector CPU per poll, request to row ({hosts} hosts, {poll['polls']} polls, "
         f"{poll['values_per_poll']} values each)", f"{own:.3f} ms", "≤ 0.15 ms"),
        (f"Python peer: paramiko, connect, sftp put, psutil, decrypt ({before['polls'] + after['polls']} polls, "
         f"{peer_wall:.0f} ms each)", f"{peer_cpu:.1f} ms", ""),
        ("Ratio of the two", f"{peer_cpu / own:.0f} times", "≥ 70 times"),
        ("Beside it per poll: MariaDB, sshd, probe",
         f"{cpu['mariadbd']:.2f}, {cpu['sshd']:.2f}, {cpu['probe']:.2f} ms", ""),
        (f"{many} hosts every second: latest poll behind its time ({crowd['polls']} polls, "
         f"{crowd['skipped']} skipped)", f"{crowd['worst_lateness_ms']} ms", "≤ 500 ms"),
        (f"{many} hosts: longest time between two polls of a host, beyond the second",
         f"{crowd['worst_gap_ms']} ms", "≤ 500 ms"),
        (f"{many} hosts: collector CPU per poll", f"{crowd['cpu_ms_per_poll']['metricsd']:.3f} ms", ""),
        (f"{many} hosts: resident memory per host", f"{crowd['resident_bytes'] / many / 1000:.0f} KB", "≤ 250 KB"),
        ("Probe: memory of its own on the host", f"{crowd['probe_bytes'] / 1000:.0f} KB", ""),
        (f"{many} hosts: cold start until all have reported (MaxStartups 10:30:100)",
         f"{crowd['cold_start_seconds']:.1f} s", "≤ 60 s"),
    ]
    print(machine(sys.argv[5]) + "\n")
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    print(f"| {'':{widths[0]}} | {'measured':>{widths[1]}} | {'target':>{widths[2]}} |")
    print(f"|{'-' * (widths[0] + 2)}|{'-' * (widths[1] + 1)}:|{'-' * (widths[2] + 1)}:|")
    for what, measured, target in rows:
        print(f"| {what:{widths[0]}} | {measured:>{widths[1]}} | {target:>{widths[2]}} |")


if __name__ == "__main__":
    main()
