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
        f"Linux {platform.release()}; {ssh}, MariaDB {mariadb}"
        + (f", Python {platform.python_version()} with paramiko {paramiko}" if paramiko else "")
        + f"; load average {os.getloadavg()[0]:.1f} at the end."
    )


def polls(before, after, poll, crowd):
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
    table(rows)


def logs(count, pull, follow):
    megabytes = count["bytes"] / 1e6
    own, mawk, grep, peer = count["metricsd"], count["mawk"], count["grep"], count["goaccess"]
    speed = count["lines"] / own["wall"]
    pulled, cat = pull["bytes"] / pull["seconds"] / 1e6, pull["bytes"] / pull["ssh_seconds"] / 1e6
    rows = [
        (f"Parse and count {count['lines'] / 1e6:g} million combined lines ({megabytes:.0f} MB) on one core: "
         "`metricsd watch --once --json`", f"{speed / 1e6:.2f} million lines/s, {megabytes / own['wall']:.0f} MB/s",
         "≥ 3 million/s"),
        (f"GoAccess on {'the same file' if peer['lines'] == count['lines'] else 'its first %d lines' % peer['lines']}", f"{peer['lines'] / peer['wall'] / 1e3:.0f} thousand lines/s", ""),
        ("Ratio of the two", f"{speed * peer['wall'] / peer['lines']:.0f} times", "≥ 60 times"),
        ("A line of mawk that counts status and bytes", f"{count['lines'] / mawk['wall'] / 1e6:.2f} million lines/s", ""),
        ("`grep -c`", f"{count['lines'] / grep['wall'] / 1e6:.2f} million lines/s", ""),
        ("Resident memory of metricsd for it", f"{own['bytes'] / 1e6:.0f} MB", "≤ 50 MB"),
        (f"Pull, parse and count a log of {pull['bytes'] / 1e9:.2f} GB of a loopback host", f"{pulled:.0f} MB/s", ""),
        ("`ssh host cat FILE` of the same file", f"{cat:.0f} MB/s", ""),
        ("Ratio of the two", f"{pulled / cat:.2f}", "≥ 0.35"),
        ("CPU for it: metricsd, probe", f"{pull['cpu_seconds']:.1f}, {pull['probe_cpu_seconds']:.1f} s", ""),
        (f"Ten logs that grow by {follow['lines'] / follow['seconds'] / 1e3:.0f} thousand lines/s in all for "
         f"{follow['seconds']:.0f} s: most lines not in MySQL yet", f"{follow['worst_behind_lines']}", ""),
        ("… time until all are, once they stop", f"{follow['behind_at_end_seconds']:.1f} s", "not growing"),
        ("… CPU of metricsd", f"{follow['cpu_seconds'] / follow['seconds'] * 100:.0f} % of a core", ""),
    ]
    table(rows)


def collection(result):
    table([
        (f"Pull the logs of {result['hosts']} hosts ({result['bytes'] / 1e9:.1f} GB in all), parse and count them, and "
         "write them into batch files, logins included",
         f"{result['bytes'] / result['seconds'] / 1e6:.0f} MB/s", "≥ 60 MB/s"),
        ("Resident memory of metricsd at most", f"{result['resident_bytes'] / 1e6:.0f} MB", "≤ 100 MB"),
        ("CPU of metricsd for it", f"{result['cpu_seconds']:.1f} s", ""),
    ])


def merge(merged):
    def speed(name):
        return merged["lines"] / merged[name]["seconds"]

    def text(name):
        return f"{speed(name) / 1e6:.2f} million lines/s, {merged['bytes'] / merged[name]['seconds'] / 1e6:.0f} MB/s"

    hosts = merged["hosts"]
    rows = [
        (f"`metricsd logs` over {hosts} servers × {merged['lines'] / hosts / 1e6:g} million lines "
         f"({merged['bytes'] / 1e9:.1f} GB), merged by time, to /dev/null", text("logs"), "≥ 1 million/s"),
        ("`sort -m` on the time of the same files", text("sort"), ""),
        ("Ratio of the two", f"{speed('logs') / speed('sort'):.1f} times", ""),
        ("`cat` of the same files, which merges nothing", text("cat"), ""),
        ("`--format raw`", text("raw"), ""),
        ("`--format json`", text("json"), ""),
        ("`--grep`", text("grep"), ""),
        ("Resident memory for all of them", f"{merged['logs']['resident_bytes'] / 1e6:.0f} MB", ""),
        (f"… for one server, a {hosts}th of the lines", f"{merged['one_host']['resident_bytes'] / 1e6:.0f} MB", ""),
        ("Time until the first line is printed", f"{merged['first_seconds'] * 1000:.0f} ms", ""),
    ]
    table(rows)


def delivery(result):
    own = result["batches"] * result["bytes"] / result["seconds"] / 1e6
    peer = result["bytes"] / result["sftp_seconds"] / 1e6
    how = "hashed there and compared" if result["checked"] == "sha256" else "its size compared"
    table([
        (f"Deliver {result['batches']} batches of {result['bytes'] / 1e6:.0f} MB over SFTP: read, hashed, sent, synced, {how}, "
         f"renamed; from the begin of the first to the receipt of the last", f"{own:.0f} MB/s", ""),
        ("`sftp -b` puts the same file, without its login", f"{peer:.0f} MB/s", ""),
        ("Ratio of the two", f"{own / peer:.2f}", "≥ 0.7"),
        ("CPU of metricsd for each batch", f"{result['cpu_seconds']:.2f} s", ""),
    ])


def rollups(result):
    rolled, retained = result["rolled"], result["retained"]
    day = 86_400

    def share(seconds):
        return f"{seconds:.1f} s, {100 * seconds / day:.3f} %"

    table([
        (f"Sum up a day of {result['samples'] / 1e6:.1f} million samples of {result['series']} series: {rolled['hours']} hours "
         f"and {rolled['days']} day; of the day's 86,400 s", share(rolled["seconds"]), "≤ 1 %"),
        ("CPU of MariaDB for it", share(rolled["server_cpu"]), ""),
        ("CPU of metricsd for it, its start included", share(rolled["own_cpu"]), ""),
        (f"Drop the day and remove {retained['removed']:,} rows of its hours", share(retained["seconds"]), "≤ 1 %"),
        ("CPU of MariaDB for it", share(retained["server_cpu"]), ""),
        ("Store these samples, in transactions of a minute each, by MariaDB itself", f"{result['filled']:.0f} s", ""),
    ])


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    print(f"| {'':{widths[0]}} | {'measured':>{widths[1]}} | {'target':>{widths[2]}} |")
    print(f"|{'-' * (widths[0] + 2)}|{'-' * (widths[1] + 1)}:|{'-' * (widths[2] + 1)}:|")
    for what, measured, target in rows:
        print(f"| {what:{widths[0]}} | {measured:>{widths[1]}} | {target:>{widths[2]}} |")
    print()


def main():
    part, *texts = sys.argv[1:]
    if part == "--machine":
        print(machine(texts[0]) + "\n")
    elif part == "--polls":
        polls(*map(json.loads, texts))
    elif part == "--collection":
        collection(*map(json.loads, texts))
    elif part == "--merge":
        merge(*map(json.loads, texts))
    elif part == "--delivery":
        delivery(*map(json.loads, texts))
    elif part == "--rollups":
        rollups(*map(json.loads, texts))
    else:
        logs(*map(json.loads, texts))


if __name__ == "__main__":
    main()
