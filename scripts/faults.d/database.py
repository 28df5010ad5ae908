"""The database fails: nothing is lost, nothing is twice, what waited comes in its order, and mails go out meanwhile."""

from fault import fault

LOAD = 8  # Hosts.


@fault("database.stopped", "MariaDB is stopped for {time} while eight hosts are polled", seconds=(600, 5),
       suite="DatabaseTests/WriterFaultTests, MonitorTests/EndToEnd RowsTests")
def stopped(row):
    site = row.make_site(hosts=LOAD)
    site.start()
    row.inject()
    site.mariadb.stop()
    row.notices("database|MySQL|MariaDB")
    row.flips()
    row.hold()
    waiting = site.waiting()
    row.expect(waiting > 0, "nothing waited in the journal: the fault was none")
    site.mariadb.start()
    row.mended()
    drains_in_order(row)
    row.remark(f"{waiting} groups waited")
    row.finish()


def drains_in_order(row, seconds=180):
    worst = []

    def is_over():
        worst.append(row.site.holes())
        return row.site.waiting() == 0

    row.recovers(is_over, seconds, "what waits in the journal is in the database")
    row.expect(max(worst) == 0, f"{max(worst)} newer values were in the database before older ones")
