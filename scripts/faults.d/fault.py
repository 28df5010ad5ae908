"""What a fault is, and what is measured of it."""

import os
import shutil
import subprocess
import time

from processes import Unmet, pause, wait_until
from surroundings import Site

ALL = {}


def fault(name, done, seconds=None, suite=""):
    """Registers a fault. `done` says what is done, with {time} for how long.

    `seconds` are those of the long and of the short form; `suite` the Swift tests that are its shortest form.
    """

    def register(body):
        ALL[name] = Fault(name, done, seconds or (0, 0), suite, body)
        return body

    return register


class Fault:
    def __init__(self, name, done, seconds, suite, body):
        self.name, self.done, self.seconds, self.suite, self.body = name, done, seconds, suite, body


def duration(seconds):
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"


class Row:
    """One fault as it is run: its servers, its clock, its findings."""

    def __init__(self, fault, folder, program, short):
        self.fault, self.program, self.short = fault, program, short
        self.folder = f"{folder}/{fault.name}"
        os.makedirs(self.folder)
        self.seconds = fault.seconds[1 if short else 0]
        self.done = fault.done.replace("{time}", duration(self.seconds))
        self.lost = self.twice = 0
        self.mails_lost = self.mails_twice = 0
        self.excused, self.excuse = 0, ""
        self.noticed = self.recovered = None
        self.remarks, self.failures, self.cleanups = [], [], []
        self.injected_at = self.mended_at = self._mark = None
        self.site = None
        self.servers = []  # Beside those of the site.
        self.took, self.tail = 0, ""

    def make_site(self, **options):
        self.site = Site(f"{self.folder}/site", self.program, **options)
        return self.site

    def cleanup(self, *command):
        """Run at the end, the last one first, whatever happens."""
        self.cleanups.append(command)

    def run(self):
        began = time.monotonic()
        try:
            self.fault.body(self)
        except (Unmet, subprocess.SubprocessError, OSError) as error:
            self.failures.append(str(error))
        finally:
            self.end_servers()
            self.took = time.monotonic() - began

    def end_servers(self):
        """Kills what is left, by its id."""
        if self.site:
            self.site._loading.clear()
            servers = [self.site.mariadb, self.site.smtp, self.site.sshd, *self.servers]
            servers += [host.server for host in self.site.hosts]
            for process in [self.site.daemon] + [server.process for server in servers]:
                if process:
                    process.kill()
        for command in reversed(self.cleanups):
            if callable(command[0]):
                command[0](*command[1:])
            else:
                subprocess.run(command, capture_output=True, check=False, timeout=60)
        if self.failures:
            log = f"{self.folder}/site/metricsd.log"
            if os.path.exists(log):
                with open(log, encoding="utf-8", errors="replace") as file:
                    self.tail = file.read()[-4000:]
        if not os.environ.get("METRICSD_FAULTS_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    # The course of it

    def expect(self, holds, what):
        if not holds:
            self.failures.append(what)

    def remark(self, text):
        self.remarks.append(text)

    def inject(self):
        """The fault begins now."""
        self.injected_at = time.monotonic()
        self._mark = self.site.log_size()

    def notices(self, pattern, seconds=60):
        """Waits until metricsd says it in its log, and for a mend in what it says."""
        wait_until(lambda: self.site.says(pattern, self._mark), seconds, f"metricsd says /{pattern}/")
        self.noticed_now()

    def noticed_now(self):
        self.noticed = time.monotonic() - self.injected_at

    def hold(self):
        """Until the fault has lasted as long as it is to."""
        pause(self.injected_at + self.seconds - time.monotonic())

    def over(self):
        return time.monotonic() - self.injected_at >= self.seconds

    def mended(self):
        self.mended_at = time.monotonic()

    def recovers(self, condition, seconds, what):
        wait_until(condition, seconds, what, every=0.2)
        self.recovered = time.monotonic() - self.mended_at

    def recovers_rows(self, seconds=120):
        """Until what waited in the journal is in the database."""
        self.recovers(lambda: self.site.waiting() == 0, seconds, "what waits in the journal is in the database")

    def recovers_host(self, host, seconds=60):
        """Until a value that the host printed after the mend is in the database."""
        last = max(host.run_times(), default=0)
        self.recovers(lambda: self.site.last_row(host) > last, seconds, f"new values of {host.name} are stored")

    def flips(self, seconds=45, host=None):
        """An alert that is raised and ends while the fault lasts gets its two mails."""
        flip = self.site.raise_alert(host)
        wait_until(lambda: self.site.mailed(flip, "ALERT"), seconds, "the mail of an alert is there")
        self.site.end_alert(host)
        wait_until(lambda: self.site.mailed(flip, "RESOLVED"), seconds, "the mail of its end is there")

    def finish(self, disturbed=(), answers_in_flight=0, lost_between=None, whole_batches=True, polls=True):
        """Ends the load and metricsd, and compares what was written with what has come.

        `disturbed` are hosts that were away: their turns were not taken, so gaps are theirs to have; an answer that was
        on its way when they went is lost with its connection (`answers_in_flight` for each of them). An answer of the
        last moment before a kill is forgotten, and one that came `lost_between` two moments may be. Where
        `whole_batches` is false, stored lines are not compared; where `polls` is, not the polls that metricsd says it
        made.
        """
        site = self.site
        site.end_load()
        wait_until(site.is_settled, 120, "every line that was written is counted", every=0.5)
        site.end_daemon()
        wait_until(lambda: site.waiting() == 0, 5, "nothing is left in the journal")
        self.compare_values(disturbed, answers_in_flight, lost_between)
        kinds = {"requests": site.compare_traffic()}
        if whole_batches:
            kinds["stored lines"] = site.compare_batches()
        for kind, (less, more) in kinds.items():
            self.expect(less == 0, f"{less} {kind} lost")
            self.expect(more == 0, f"{more} {kind} twice")
            self.lost, self.twice = self.lost + less, self.twice + more
        if polls and not site.killed and not lost_between:
            made, rows = site.counted_polls(), site.stored_polls()
            self.expect(rows == made, f"{made} polls were made and {rows} are in the database")
        self.expect(self.twice == 0, f"{self.twice} rows twice")
        for host in site.hosts:
            if host not in disturbed and not site.killed and not lost_between:
                gap = site.worst_gap(host)
                self.expect(gap < 1.75 * site.interval, f"{host.name} was not polled for {gap:.1f} s")
        self.count_mails()

    def compare_values(self, disturbed, answers_in_flight, lost_between):
        site = self.site
        lost, twice = site.compare_runs()
        self.twice += twice
        for host in site.hosts:
            missing, times = lost[host.name], host.run_times()
            if lost_between:
                excused = [number for number in missing if lost_between[0] <= times[number] <= lost_between[1]]
                self.excuse = "declared"
            elif site.killed:
                # Gathered for half a second, then committed; the run itself takes a moment, too, and what was asked for
                # ahead of its time is run though nobody is there any more.
                excused = [
                    number for number in missing
                    if any(began - 2 < times[number] < ended + 1 for began, ended in site.kills)
                ]
                self.excuse = "of the last moment"
            elif host in disturbed and len(missing) <= answers_in_flight:
                excused = missing
                self.excuse = "on its way"
            else:
                excused = []
            self.excused += len(excused)
            left = sorted(set(missing) - set(excused))
            self.lost += len(left)
            self.expect(not left, f"{len(left)} values of {host.name} are lost: {left[:5]}")

    def count_mails(self):
        for flip in self.site.flips:
            for word in ("ALERT", "RESOLVED"):
                ids = self.site.mails_of(flip, word)
                self.mails_lost += not ids
                self.mails_twice += max(len(ids) - len(set(ids)), 0)
                self.expect(len(set(ids)) <= 1, f"{word} {flip} has {len(set(ids))} mails with different Message-IDs")
        self.expect(self.mails_lost == 0, f"{self.mails_lost} mails lost")
