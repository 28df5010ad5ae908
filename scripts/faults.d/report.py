"""The table of the fault matrix, and docs/reliability.md around it."""

import datetime
import os
import platform
import subprocess

COLUMNS = ("fault", "what is done", "samples lost", "rows twice", "mails lost", "mails twice", "noticed after",
           "recovered after", "holds")


def verdict(row):
    return "does NOT hold" if row.failures else "holds"


def seconds(value):
    if value is None:
        return "–"
    return f"{value / 60:.1f} min" if value >= 120 else f"{value:.1f} s"


def first_line(*command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (result.stdout + result.stderr).strip().split("\n")[0]


def machine(short):
    """Date, processor, system and servers; no paths and no names."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/etc/os-release", encoding="utf-8") as file:
        names = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    mariadb = first_line("mariadbd", "--version").split("Ver ")[-1].split("-")[0]
    ssh = first_line("ssh", "-V").split(",")[0]
    return (
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, {models[0] if models else platform.machine()}, "
        f"{os.cpu_count()} cores; {names['PRETTY_NAME'].strip(chr(34))}, Linux {platform.release().split('-')[0]}; "
        f"{ssh}, MariaDB {mariadb}" + ("; the short form, with seconds for minutes." if short else ".")
    )


def lost(row):
    """What could not but be lost is counted, too."""
    return f"{row.lost} + {row.excused} {row.excuse}" if row.excused else str(row.lost)


def cells(row):
    text = row.done + "".join(f"; {remark}" for remark in row.remarks)
    return (
        f"`{row.fault.name}`", text, lost(row), str(row.twice), str(row.mails_lost), str(row.mails_twice),
        seconds(row.noticed), seconds(row.recovered), "**no**" if row.failures else "yes",
    )


def table(rows):
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|---|--:|--:|--:|--:|--:|--:|---|"]
    return "\n".join(lines + ["| " + " | ".join(cells(row)) + " |" for row in rows]) + "\n"


def write(path, rows, short):
    """Puts the table and the list of suites between the marks of the document."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    suites = ["| fault | Swift suites |", "|---|---|"]
    suites += [f"| `{row.fault.name}` | {row.fault.suite or '–'} |" for row in rows]
    for mark, content in {"table": machine(short) + "\n\n" + table(rows), "suites": "\n".join(suites) + "\n"}.items():
        begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->\n"
        text = text[: text.index(begin) + len(begin)] + "\n" + content + "\n" + text[text.index(end) :]
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
