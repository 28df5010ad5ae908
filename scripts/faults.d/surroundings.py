"""One metricsd with the servers around it, and the load that shows what becomes of every value, line and mail.

Each host appends the number of each run of its command `seq` to a file, and lines to an access log. What is in the
files is compared with what is in MySQL, in the stored batches and at the SMTP server: the counting is not metricsd's
own.
"""

import glob
import os
import re
import signal
import sqlite3
import threading
import time
from collections import Counter

from processes import Process, Unmet, run, stopping, wait_until
from servers import MariaDB, SMTPServer, SSHServer

INTERVAL = 2
WINDOW = 10  # Of the rows in `traffic`.


class Host:
    """A monitored machine: the sshd that answers for it, and the files that say what happened on it."""

    def __init__(self, site, name, server, address):
        self.site, self.name, self.server, self.address = site, name, server, address
        self.folder = f"{site.folder}/{name}"
        os.makedirs(self.folder)
        self.runs = f"{self.folder}/runs"
        self.log = f"{self.folder}/access.log"
        self.level = f"{self.folder}/level"
        self.remote = f"{self.folder}/remote"
        self.lines = []
        self.attributes = ""
        self.start = "beginning"
        self.port = server.port
        self.prepare(self.folder)

    def set_level(self, value):
        with open(self.level + ".new", "w", encoding="utf-8") as file:
            file.write(f"{value}\n")
        os.rename(self.level + ".new", self.level)

    @staticmethod
    def prepare(folder, base=0):
        """The files of a machine; its runs are counted from `base` on."""
        for name, text in {"base": f"{base}\n", "runs": "", "access.log": "", "level": "0\n"}.items():
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(text)

    def xml(self):
        # In the file before it is printed: what metricsd may know is there. One at a time, since the run of a probe
        # that was killed may go on beside the next one's.
        script = (f"exec 9&gt;&gt; {self.folder}/lock; flock 9; "
                  f"n=$(($(cat {self.folder}/base) + $(wc -l &lt; {self.runs}) + 1)); "
                  f"echo $n $(date +%s.%N) &gt;&gt; {self.runs}; echo $n")
        return f"""  <host name="{self.name}" address="{self.address}" port="{self.port}" key="{self.server.key}"
      remote-directory="{self.remote}" {self.attributes}>
    <command name="seq" run="{script}"/>
    <command name="level" run="cat {self.level}"/>
    <alert type="level" above="100000"/>
    <log name="access" path="{self.log}" format="combined" start="{self.start}" interval="1s">
      <store window="1m" close-after="1s" compress-after="never"/>
    </log>
  </host>
"""

    def write_lines(self, count):
        now = time.time()
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
        text = "".join(
            f'192.0.2.{number % 250} - - [{stamp}] "GET /{len(self.lines) + number} HTTP/1.1" 200 512 "-" "-"\n'
            for number in range(count)
        )
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(text)
        self.lines += [(int(now) // WINDOW * WINDOW, line) for line in text.splitlines()]

    def known(self):
        return self.server.known(self.address, self.port)

    def run_times(self):
        """When each run was, by its number."""
        with open(self.runs, encoding="utf-8") as file:
            return {int(number): float(moment) for number, moment in map(str.split, file)}


class Site:
    def __init__(self, folder, program, hosts=3, interval=INTERVAL, state=None, database_data=None):
        self.folder, self.program, self.interval = folder, program, interval
        os.makedirs(folder)
        self.state = state or f"{folder}/state"
        self.mariadb = MariaDB(f"{folder}/mariadb", database_data)
        self.database_port = self.mariadb.port
        self.smtp = SMTPServer(f"{folder}/smtp")
        self.smtp_url = f'smtp://127.0.0.1:{self.smtp.port}"'
        self.sshd = SSHServer(f"{folder}/sshd")
        self.hosts = [Host(self, f"host-{number}", self.sshd, f"127.0.1.{number + 1}") for number in range(hosts)]
        self.daemon = None
        self.prefix, self.environment = [], {}
        self.rate = 20
        self.flips, self.flip_count = [], 0
        self.kills = []
        self._load = None
        self._loading = threading.Event()

    # The running of it

    def add_host(self, name, **options):
        """A host with an sshd of its own."""
        address = options.pop("reached_at", "127.0.0.1")
        server = SSHServer(f"{self.folder}/sshd-{name}", **options)
        host = Host(self, name, server, address)
        self.hosts.append(host)
        return host

    def configure(self):
        with open(f"{self.folder}/known_hosts", "w", encoding="utf-8") as file:
            file.writelines(host.known() for host in self.hosts)
        path = f"{self.folder}/server_config.xml"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(f"""<metricsd interval="{self.interval * 1000:g}ms" timeout="5s" user="root" agent="no"
    known-hosts="known_hosts" mail="ops@example.org">
  <state directory="{self.state}"/>
  <database host="127.0.0.1" port="{self.database_port}" name="metricsd" user="metricsd" password="secret"/>
  <smtp server="{self.smtp_url} from="metricsd@example.org"/>
  <alert type="unreachable" for="5s" severity="critical"/>
{''.join(host.xml() for host in self.hosts)}</metricsd>
""")
        return path

    def start(self, load=True):
        """Everything, until the first rows of every host are there."""
        self.mariadb.start()
        self.mariadb.create()
        self.smtp.start()
        for server in {host.server for host in self.hosts} | {self.sshd}:
            if server.process is None:
                server.start()
        if load:
            self.begin_load()
        self.start_daemon()
        wait_until(lambda: self.is_up(len(self.hosts)), 60, f"{len(self.hosts)} hosts are up")

    def start_daemon(self):
        self.daemon = Process(
            [*self.prefix, self.program, "run", "--config", self.configure()], f"{self.folder}/metricsd.log",
            environment=self.environment, folder=self.folder,
        )

    def is_up(self, count):
        if not self.daemon.runs:
            raise Unmet("metricsd ended at its start")
        try:
            return self.mariadb.number("SELECT COUNT(DISTINCT host_id) FROM command_outputs") >= count
        except Unmet:
            return False  # No table yet.

    def end_daemon(self):
        """As an administrator does it; the polls it made are in its log."""
        status = self.daemon.end(20)
        if status != 0:
            raise Unmet(f"metricsd ended with {status}")

    def kill_daemon(self):
        began = time.time()
        self.daemon.send(signal.SIGKILL)
        self.daemon.child.wait(10)
        self.kills.append((began, time.time()))

    @property
    def killed(self):
        return len(self.kills)

    def begin_load(self):
        self._loading.set()
        self._load = threading.Thread(target=self._write_lines, daemon=True)
        self._load.start()

    def _write_lines(self):
        while self._loading.is_set() and not stopping.is_set():
            for host in self.hosts:
                host.write_lines(self.rate // 4)
            time.sleep(0.25)

    def end_load(self):
        self._loading.clear()
        self._load.join(10)

    # What metricsd says

    def log_size(self):
        return len(self.daemon.text()) if self.daemon else 0

    def says(self, pattern, since=0):
        """Lines of its log behind `since` that match."""
        return [line for line in self.daemon.text()[since:].splitlines() if re.search(pattern, line)]

    def status(self):
        return run(self.program, "status", "--config", f"{self.folder}/server_config.xml", check=False)

    def waiting(self, count="record_count"):
        """Groups in the journal that are not in the database, or their bytes."""
        with sqlite3.connect(f"file:{self.state}/journal.sqlite?mode=ro", uri=True, timeout=5) as journal:
            return journal.execute(f"SELECT {count} FROM record_totals").fetchone()[0]

    def is_firing(self):
        """Whether the alert of `raise_alert` is in the journal."""
        with sqlite3.connect(f"file:{self.state}/journal.sqlite?mode=ro", uri=True, timeout=5) as journal:
            states = journal.execute("SELECT state FROM alert_states WHERE rule LIKE 'level %'").fetchall()
        return any(b'"alert"' in bytes(state) for (state,) in states)

    def resident(self):
        with open(f"/proc/{self.daemon.id}/statm", encoding="utf-8") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    # Alerts and their mails, told from each other by their values

    def raise_alert(self, host=None):
        self.flip_count += 1
        self.flips.append(self.flip_count)
        (host or self.hosts[0]).set_level(100_000 + self.flips[-1])
        return self.flips[-1]

    def end_alert(self, host=None):
        (host or self.hosts[0]).set_level(self.flip_count)

    def mails_of(self, flip, word):
        """Message-IDs of the mails that tell that an alert was raised or resolved, alone or among others."""
        told = {"ALERT": f"{100_000 + flip}", "RESOLVED": f"(back to )?{flip}"}[word]
        return [
            mail["Message-ID"] for mail in self.smtp.mails()
            if re.search(rf"\blevel (is )?{told}\b", mail["Subject"] + "\n" + mail.get_body(("plain",)).get_content())
        ]

    def subjects(self):
        return [mail["Subject"] for mail in self.smtp.mails()]

    def mailed(self, flip, word):
        return bool(self.mails_of(flip, word))

    # Counting

    def stored_runs(self):
        rows = self.mariadb.sql(
            "SELECT h.name, o.output FROM command_outputs o JOIN hosts h ON h.host_id = o.host_id "
            "WHERE o.command = 'seq'"
        )
        found = {host.name: [] for host in self.hosts}
        for name, output in rows:
            found[name].append(int(output.replace("\\n", "")))
        return found

    def holes(self):
        """Values that are missing before others that are there: what is drained in order has none."""
        return sum(max(numbers, default=0) - len(set(numbers)) for numbers in self.stored_runs().values())

    def is_settled(self):
        """Everything that was written on the hosts has come to where it is counted."""
        if self.waiting():
            return False
        stored = self.mariadb.sql(
            "SELECT h.name, COALESCE(SUM(t.hits + t.unread), 0) FROM hosts h "
            "LEFT JOIN traffic t ON t.host_id = h.host_id GROUP BY h.name"
        )
        counts = {name: int(float(hits)) for name, hits in stored}
        return all(counts.get(host.name, 0) >= len(host.lines) for host in self.hosts)

    def compare_runs(self):
        """Numbers that a host printed and no row has, and numbers in two rows. The last may be on its way yet."""
        lost, twice = {}, 0
        for host in self.hosts:
            rows = Counter(self.stored_runs()[host.name])
            last = max(rows, default=0)
            lost[host.name] = [number for number in host.run_times() if number <= last and number not in rows]
            twice += sum(count - 1 for count in rows.values())
        return lost, twice

    def compare_traffic(self):
        lost = twice = 0
        rows = self.mariadb.sql(
            "SELECT h.name, TIMESTAMPDIFF(SECOND, '1970-01-01', t.window_start), t.hits "
            "FROM traffic t JOIN hosts h ON h.host_id = t.host_id"
        )
        stored = {(name, int(window)): int(hits) for name, window, hits in rows}
        for host in self.hosts:
            written = Counter((host.name, window) for window, _ in host.lines)
            for key in written.keys() | {key for key in stored if key[0] == host.name}:
                difference = stored.get(key, 0) - written.get(key, 0)
                lost, twice = lost + max(-difference, 0), twice + max(difference, 0)
        return lost, twice

    def compare_batches(self):
        """The same of the stored lines themselves."""
        lost = twice = 0
        for host in self.hosts:
            stored = Counter()
            for path in glob.glob(f"{self.state}/logs/{host.name}/access/*.log"):
                with open(path, encoding="utf-8") as file:
                    stored.update(file.read().splitlines())
            written = Counter(line for _, line in host.lines)
            lost += sum((written - stored).values())
            twice += sum((stored - written).values())
        return lost, twice

    def counted_polls(self):
        """What every metricsd that could say it has said it polled."""
        counts = re.findall(r"polls since the last such line polls=(\d+)", self.daemon.text())
        return sum(int(number) for number in counts)

    def stored_polls(self):
        return self.mariadb.number("SELECT COUNT(*) FROM metric_values WHERE metric = 'uptime_seconds'")

    def worst_gap(self, host):
        """Most seconds between two polls of a host, by the host's own clock."""
        return float(self.mariadb.sql(
            "SELECT COALESCE(MAX(gap), 0) FROM (SELECT TIMESTAMPDIFF(MICROSECOND, LAG(collected_at) OVER "
            "(ORDER BY collected_at), collected_at) / 1e6 AS gap FROM metric_values "
            f"WHERE host = '{host.name}' AND metric = 'uptime_seconds') AS gaps"
        )[0][0])

    def last_row(self, host):
        return self.mariadb.number(
            "SELECT COALESCE(MAX(o.output + 0), 0) FROM command_outputs o JOIN hosts h ON h.host_id = o.host_id "
            f"WHERE o.command = 'seq' AND h.name = '{host.name}'"
        )
