"""The database fails: nothing is lost, nothing is twice, what waited comes in its order, and mails go out meanwhile."""

import os

from fault import fault
from processes import Process, Unmet, fill, pause, run, wait_until
from wire import Wire

LOAD = 8  # Hosts.


def drains_in_order(row, seconds=180):
    """Waits until all that waited is in the database, and looks whether newer values are there before older ones."""
    holes = []

    def is_over():
        holes.append(row.site.holes())
        return row.site.waiting() == 0

    row.recovers(is_over, seconds, "what waits in the journal is in the database")
    row.expect(max(holes) == 0, f"{max(holes)} newer values were in the database before older ones")


def count_waiting(row):
    waiting = row.site.waiting()
    row.expect(waiting > 0, "nothing waited in the journal: the fault was none")
    row.remark(f"{waiting} groups of rows waited")


@fault(
    "database.stopped",
    "MariaDB is stopped for {time} while eight hosts are polled",
    seconds=(600, 5),
    suite="DatabaseTests/WriterFaultTests, MonitorTests/RowsTests",
)
def stopped(row):
    site = row.make_site(hosts=LOAD)
    site.start()
    row.inject()
    site.mariadb.stop()
    row.notices("error database .*(connect|lost|gone)")
    row.flips()
    row.hold()
    count_waiting(row)
    site.mariadb.start()
    row.mended()
    drains_in_order(row)
    row.finish()


@fault(
    "database.killed",
    "MariaDB is killed in the middle of a transaction, again and again for {time}",
    seconds=(180, 15),
    suite="DatabaseTests/WriterFaultTests, DatabaseTests/TrafficFaultTests",
)
def killed(row):
    site = row.make_site(hosts=LOAD)
    wire = Wire(site.mariadb.port)
    site.database_port = wire.port
    site.start()
    kills = [0]

    def kill(data):
        if b"INTO samples" not in data and b"INTO command_outputs" not in data:
            return False
        wire.on_request = None
        kills[0] += 1
        site.mariadb.kill()
        return True

    row.inject()
    while True:
        before = kills[0]
        wire.on_request = kill
        wait_until(lambda: kills[0] > before, 60, "metricsd writes")
        if before == 0:
            row.notices("error database")
        pause(2)
        site.mariadb.start()
        row.mended()
        if row.over():
            break
        pause(3)
    drains_in_order(row)
    row.remark(f"{kills[0]} times")
    row.finish()


@fault(
    "database.read_only",
    "MariaDB is read-only for {time}",
    seconds=(120, 5),
    suite="DatabaseTests/WriterFaultTests",
)
def read_only(row):
    site = row.make_site()
    site.start()
    row.inject()
    site.mariadb.sql("SET GLOBAL read_only = 1")
    row.notices("error database .*read.only")
    row.flips()
    row.hold()
    count_waiting(row)
    site.mariadb.sql("SET GLOBAL read_only = 0")
    row.mended()
    drains_in_order(row)
    row.finish()


@fault(
    "database.disk_full",
    "the file system of MariaDB's data is full for {time}",
    seconds=(180, 10),
    suite="MonitorTests/FullDatabaseTests",
)
def disk_full(row):
    mount = f"{row.folder}/small"
    os.makedirs(mount)
    run("mount", "-t", "tmpfs", "-o", "size=140m", "none", mount)
    row.cleanup("umount", "--lazy", mount)
    site = row.make_site(hosts=LOAD, database_data=f"{mount}/data", interval=1)
    site.start()
    row.inject()
    fill(f"{mount}/filler")
    grow(site)
    row.notices("error database", 120)
    row.flips()
    row.hold()
    count_waiting(row)
    os.remove(f"{mount}/filler")
    if not site.mariadb.process.runs:
        row.remark("MariaDB ended itself and was started again")
        site.mariadb.start()
    row.mended()
    drains_in_order(row)
    row.finish()


def grow(site):
    """Uses up what InnoDB has put aside in its files already."""
    try:
        site.mariadb.sql("INSERT INTO samples SELECT 4000000000 + seq, UTC_TIMESTAMP(3), 1 FROM seq_1_to_200000")
    except Unmet:
        pass  # That is what it is for.


@fault(
    "database.deadlock",
    "another client causes deadlocks for {time}",
    seconds=(60, 15),
    suite="DatabaseTests/WriterFaultTests, DatabaseTests/TrafficFaultTests",
)
def deadlock(row):
    site = row.make_site(hosts=LOAD, interval=1)
    site.start()
    site.mariadb.sql("CREATE TABLE heavy (number INT PRIMARY KEY) ENGINE = InnoDB")
    row.inject()
    # The lighter transaction is the one that InnoDB ends: the other client changes much more than metricsd does. Both
    # want the same rows, in opposite order.
    script = f"{row.folder}/deadlocks.sql"
    with open(script, "w", encoding="utf-8") as file:
        for _ in range(int(row.seconds)):
            file.write(
                "START TRANSACTION; INSERT INTO heavy SELECT seq FROM seq_1_to_20000; "
                "SELECT COUNT(*) FROM (SELECT 1 FROM journal_positions FOR UPDATE) AS locked; DO SLEEP(0.9); "
                "UPDATE hosts SET last_error = last_error; UPDATE hosts SET port = port + 1; ROLLBACK;\n"
            )
    client = f"mariadb --no-defaults --socket={site.mariadb.socket} --user=root --force metricsd"
    other = Process(["sh", "-c", f"exec {client} < {script}"], f"{row.folder}/deadlocks.log")
    row.cleanup(other.kill)
    row.notices("error database .*[Dd]eadlock", row.seconds + 60)
    wait_until(lambda: not other.runs, row.seconds * 3 + 60, "the other client ends")
    row.mended()
    deadlocks = site.mariadb.number(
        "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Innodb_deadlocks'"
    )
    row.expect(deadlocks > 0, "there was no deadlock: the fault was none")
    row.remark(f"{deadlocks} deadlocks")
    drains_in_order(row)
    row.finish()


@fault(
    "database.commit_lost",
    "the connection breaks behind every third COMMIT, before its answer, for {time}",
    seconds=(120, 15),
    suite="DatabaseTests/TrafficFaultTests, MonitorTests/TrafficDrainTests",
)
def commit_lost(row):
    site = row.make_site(hosts=LOAD)
    wire = Wire(site.mariadb.port)
    site.database_port = wire.port
    site.start()
    row.inject()
    wire.cut_every = 3
    row.notices("error database .*([Ll]ost|gone)")
    row.hold()
    wait_until(lambda: wire.cuts >= 3, 60, "three commits are cut")
    wire.cut_every = 0
    row.mended()
    row.remark(f"{wire.cuts} times")
    row.recovers_rows()
    row.finish()


@fault(
    "database.slow",
    "every statement takes 5 s, for {time}",
    seconds=(300, 20),
    suite="MonitorTests/RowsTests",
)
def slow(row):
    site = row.make_site(hosts=LOAD)
    wire = Wire(site.mariadb.port)
    site.database_port = wire.port
    site.start()
    row.inject()
    wire.delay = 5
    row.flips()
    row.hold()
    count_waiting(row)
    wire.delay = 0
    row.mended()
    drains_in_order(row)
    row.finish()


@fault(
    "database.schema_changed",
    "a column of command_outputs is renamed, and renamed back after {time}",
    seconds=(60, 8),
    suite="MonitorTests/RefusedRowsTests",
)
def schema_changed(row):
    site = row.make_site()
    site.start()
    row.inject()
    site.mariadb.sql("ALTER TABLE command_outputs RENAME COLUMN output TO printed")
    row.notices("error database .*[Uu]nknown column")
    row.flips()
    row.hold()
    count_waiting(row)
    site.mariadb.sql("ALTER TABLE command_outputs RENAME COLUMN printed TO output")
    row.mended()
    drains_in_order(row)
    row.finish()
