"""metricsd itself fails, or what it stands on: its state directory, its clock."""

import glob
import os
import random
import signal
import sqlite3
import time

from fault import fault
from processes import Process, Unmet, fill, pause, run, wait_until


@fault(
    "itself.killed",
    "metricsd is killed (SIGKILL) at 200 random moments under load",
    suite="JournalTests/CrashTests, CommandLineTests/LogKillTests, CommandLineTests/CollectionKillTests",
)
def killed(row):
    count = 10 if row.short else 200
    row.done = row.done.replace("200", str(count))
    site = row.make_site(interval=1)
    site.start()
    generator = random.Random(5)
    raised = None
    row.inject()
    while site.killed < count or raised:
        pause(generator.uniform(0.05, 4))
        site.kill_daemon()
        site.start_daemon()
        # An alert is raised or ended when the one before is in the journal, whatever was killed meanwhile.
        if raised is None:
            if site.killed < count:
                raised = site.raise_alert()
        elif site.is_firing():
            site.end_alert()
            raised = 0
        elif raised == 0 and not site.is_firing():
            raised = None
        if site.killed > 3 * count + 100:
            raise Unmet("an alert was never seen")
    row.mended()
    row.recovers_host(site.hosts[0])
    for flip in site.flips:
        for word in ("ALERT", "RESOLVED"):
            wait_until(lambda: site.mailed(flip, word), 60, f"mail {word} {flip} is there")
    row.finish()
    row.remark(f"{len(site.flips)} alerts raised and ended meanwhile")


@fault(
    "itself.stopped",
    "metricsd is stopped (SIGSTOP) for {time}",
    seconds=(300, 15),
    suite="MonitorTests/ClockStepTests",
)
def stopped(row):
    site = row.make_site()
    site.start()
    row.inject()
    site.daemon.send(signal.SIGSTOP)
    row.hold()
    site.daemon.send(signal.SIGCONT)
    row.mended()
    row.recovers_host(site.hosts[0])
    row.flips()
    row.finish(disturbed=site.hosts, answers_in_flight=1)
    mails = [subject for subject in site.subjects() if "level" not in subject]
    row.expect(not mails, f"false alarms: {mails}")


@fault(
    "itself.state_full",
    "the file system of the state directory is full for {time}",
    seconds=(180, 15),
    suite="JournalTests/FullDiskTests",
)
def state_full(row):
    mount = f"{row.folder}/small"
    os.makedirs(mount)
    run("mount", "-t", "tmpfs", "-o", "size=512m", "none", mount)
    row.cleanup("umount", "--lazy", mount)
    site = row.make_site(state=f"{mount}/state")
    site.start()
    row.inject()
    fill(f"{mount}/filler")
    row.notices("(error|critical).*([Ff]ree space|full)")
    row.hold()
    os.remove(f"{mount}/filler")
    row.mended()
    row.recovers_host(site.hosts[0])
    row.flips()
    row.finish()


@fault(
    "itself.state_read_only",
    "the file system of the state directory becomes read-only, as after an error of the disk, for {time}; it "
    "is mended and metricsd started again",
    seconds=(60, 8),
    suite="CommandLineTests/ReadOnlyStateTests",
)
def state_read_only(row):
    mount, image = f"{row.folder}/small", f"{row.folder}/image"
    os.makedirs(mount)
    run("truncate", "--size=640M", image)
    run("mkfs.ext4", "-q", image)
    run("mount", "-o", "loop,errors=remount-ro", image, mount)
    row.cleanup("umount", "--lazy", mount)
    site = row.make_site(state=f"{mount}/state")
    site.start()
    row.flips()
    row.inject()
    began = time.time()
    run("mount", "-o", "remount,abort", mount)
    row.notices("(error|critical).*journal.*(read-only|readonly|disk)")
    row.hold()
    site.daemon.end(20)
    mark = site.log_size()
    site.start_daemon()
    row.expect(site.daemon.child.wait(20) not in (0, 64, 78), "metricsd started in a read-only state directory")
    row.expect(site.says("read-only|readonly|Read-only", mark), "it does not say that the state directory is read-only")
    run("umount", mount)
    # Hosts of other faults may have copied the mount into namespaces of their own. The file system that failed lives on
    # there, and the kernel would hand out the same one for the same file: the disk is exchanged for a copy.
    run("sync")
    run("cp", "--sparse=always", image, f"{image}-mended")
    run("e2fsck", "-fy", f"{image}-mended", check=False)
    run("mount", "-o", "loop", f"{image}-mended", mount)
    site.start_daemon()
    row.mended()
    row.recovers_host(site.hosts[0])
    row.flips()
    # What was answered while nothing could be written down is lost with the process, which says so at its end.
    declared = site.says("answers of .* hosts are lost")
    row.finish(lost_between=(began - 1, time.time()))
    row.expect(declared or not row.excused, "what was lost was not declared")


@fault(
    "itself.journal_damaged",
    "the journal is overwritten with garbage while metricsd is not running",
    suite="JournalTests/DamagedJournalTests, CommandLineTests/DamagedJournalTests",
)
def journal_damaged(row):
    damage(row, while_running=False)


@fault(
    "itself.journal_damaged_live",
    "MariaDB is away, and the journal, with what waits in it, is overwritten with garbage; "
    "metricsd ends when it finds that, and is started again",
    suite="JournalTests/DamagedJournalTests",
)
def journal_damaged_live(row):
    damage(row, while_running=True)


def damage(row, while_running):
    site = row.make_site(hosts=8 if while_running else 3, interval=0.5 if while_running else 2)
    # A log is taken up at its end again: what was counted is not counted twice.
    for host in site.hosts:
        host.start = "end"
    site.start(load=False)
    site.begin_load()
    row.flips()
    site.end_load()
    wait_until(site.is_settled, 60, "every line that was written is counted")
    journal = f"{site.state}/journal.sqlite"
    began = time.time()
    if while_running:
        # More than is in memory has to wait in it.
        site.mariadb.stop()
        wait_until(lambda: site.waiting("byte_count") > 1_500_000, 240, "enough waits in the journal")
    else:
        site.end_daemon()
    with sqlite3.connect(journal, timeout=5) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    row.inject()
    size = os.path.getsize(journal)
    with open(journal, "r+b") as file:
        file.seek(4096)
        file.write(random.Random(5).randbytes(size - 4096))
    if while_running:
        site.mariadb.start()
        status = site.daemon.child.wait(90)
        row.noticed_now()
        row.expect(status == 75, f"metricsd ended with {status} when its journal was damaged")
    site.start_daemon()
    row.mended()
    if not while_running:
        row.notices("critical the journal was damaged")
    aside = f"{site.state}/set-aside/journal-*"
    wait_until(lambda: glob.glob(f"{aside}/finding.txt"), 10, "the damaged journal is set aside")
    kept = glob.glob(f"{aside}/journal.sqlite")
    row.expect(len(kept) == 1 and os.path.getsize(kept[0]) >= size, "the damaged journal is not kept whole")
    row.recovers_host(site.hosts[0])
    wait_until(lambda: "journal_damaged" in " ".join(site.subjects()), 30, "a mail tells of it")
    lost_between = (began - 2, time.time()) if while_running else None
    site.begin_load()
    row.flips()
    row.finish(
        disturbed=site.hosts, answers_in_flight=1, lost_between=lost_between, whole_batches=False, polls=False
    )


@fault(
    "itself.clock_forward",
    "the clock of metricsd's machine is set an hour forward, and back after {time}",
    seconds=(120, 15),
    suite="MonitorTests/ClockStepTests, AlertsTests/ClockStepTests",
)
def clock_forward(row):
    clock(row, "+3600")


@fault(
    "itself.clock_back",
    "the clock of metricsd's machine is set an hour back, and right after {time}",
    seconds=(120, 15),
    suite="MonitorTests/ClockStepTests, AlertsTests/ClockStepTests",
)
def clock_back(row):
    clock(row, "-3600")


def clock(row, step):
    site = row.make_site()
    library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not library:
        raise Unmet("there is no libfaketime; apt-get install libfaketime")
    file = f"{row.folder}/clock"

    def set_clock(text):
        with open(file + ".new", "w", encoding="utf-8") as new:
            new.write(text + "\n")
        os.rename(file + ".new", file)

    set_clock("+0")
    site.environment = {
        "LD_PRELOAD": library[0], "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
    }
    site.start()
    row.inject()
    set_clock(step)
    row.notices("clock was set")
    row.flips()
    row.hold()
    set_clock("+0")
    row.mended()
    row.recovers_host(site.hosts[0])
    row.flips()
    row.finish()
    # That the hosts agree against this clock is true, and told once it has lasted for a minute.
    mails = [subject for subject in site.subjects() if "level" not in subject and "metricsd clock_skew" not in subject]
    row.expect(not mails, f"false alarms: {mails}")


@fault(
    "itself.two",
    "a second metricsd is started on the same state directory",
    suite="JournalTests/StateDirectoryLockTests",
)
def two(row):
    site = row.make_site()
    site.start()
    row.inject()
    other = Process([site.program, "run", "--config", f"{site.folder}/server_config.xml"], f"{row.folder}/second.log")
    status = other.child.wait(20)
    row.noticed_now()
    row.expect(status == 75, f"the second one ended with {status}")
    row.expect(f"pid {site.daemon.id}" in other.text(), f"the second one does not name the first: {other.text()}")
    row.mended()
    row.recovers_host(site.hosts[0])
    row.flips()
    row.finish()
