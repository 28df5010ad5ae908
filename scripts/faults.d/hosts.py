"""A host fails: the others are on time, this one is reported with cause and mend, and it comes back by itself."""

from fault import fault


@fault("hosts.killed", "sshd and all it runs are killed, and started again after {time}", seconds=(60, 8),
       suite="MonitorTests/Faults HangingHostsTests")
def killed(row):
    site = row.make_site(hosts=2)
    host = site.add_host("broken")
    site.start()
    row.inject()
    host.server.kill()
    row.notices("broken")
    row.hold()
    host.server.start()
    row.mended()
    row.recovers_host(host, 120)
    row.finish(disturbed=[host], answers_in_flight=1)
