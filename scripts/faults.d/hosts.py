"""A host fails: the others are on time, this one is reported with cause and mend, and it comes back by itself."""

import os
import shutil
import signal

from fault import fault
from processes import Process, fill, pause, run, send, wait_until
from servers import SSHServer
from surroundings import Host
from wire import Wire

HERE = os.path.dirname(os.path.abspath(__file__))
LOGIN = 150  # A login that was refused is tried again after two minutes, so as not to look like an attack.


def broken(row, hosts=2, **options):
    """A site with two healthy hosts and the one that will fail."""
    site = row.make_site(hosts=hosts)
    return site, site.add_host("broken", **options)


def interposed(row, kind):
    """A host whose probe answers through the interposer."""
    switch = f"{row.folder}/switch"
    site, host = broken(row, forced=f"/usr/bin/python3 {HERE}/interposer.py {kind} {switch}")
    site.start()

    def begin():
        row.inject()
        with open(switch, "w", encoding="utf-8"):
            pass

    return site, host, begin, switch


def finish(row, host, answers=1):
    row.finish(disturbed=[host], answers_in_flight=answers)


@fault(
    "hosts.stopped",
    "sshd, its session and the probe are stopped (SIGSTOP) for {time}: a half-open connection",
    seconds=(120, 10),
    suite="MonitorTests/HangingHostsTests",
)
def stopped(row):
    site, host = broken(row)
    site.start()
    row.inject()
    host.server.signal(signal.SIGSTOP)
    row.notices("warning broken: ")
    row.hold()
    host.server.signal(signal.SIGCONT)
    row.mended()
    row.recovers_host(host, 180)
    finish(row, host)


@fault(
    "hosts.killed",
    "sshd and all it runs are killed, and started again after {time}",
    seconds=(60, 8),
    suite="MonitorTests/HangingHostsTests",
)
def killed(row):
    site, host = broken(row)
    site.start()
    row.inject()
    host.server.kill()
    row.notices("warning broken: .*(lost|refused)")
    row.hold()
    host.server.start()
    row.mended()
    row.recovers_host(host, 120)
    finish(row, host)


@fault(
    "hosts.rebooted",
    "the machine is gone in the middle of the probe's upload, and back after {time}",
    seconds=(30, 5),
    suite="MonitorTests/PlacementFaultsTests",
)
def rebooted(row):
    site, host = broken(row)
    wire = Wire(host.server.port)
    host.port = wire.port
    site.start()
    wire.bytes_per_second = 300_000
    shutil.rmtree(host.remote)
    before = wire.passed
    host.server.end_sessions()
    wait_until(lambda: wire.passed - before > 400_000, 60, "half of the probe is uploaded")
    row.inject()
    host.server.kill()
    row.notices("warning broken: ")
    row.hold()
    wire.bytes_per_second = None
    host.server.start()
    row.mended()
    row.recovers_host(host, 120)
    finish(row, host)


@fault(
    "hosts.dropped",
    "every packet to and from the host is dropped for {time}, none answered (nftables)",
    seconds=(120, 10),
    suite="SSHTests/DeadHostTests, MonitorTests/HangingHostsTests",
)
def dropped(row):
    name, address = f"mf{os.getpid() % 100000}", f"10.{os.getpid() % 200 + 20}.77"
    row.cleanup("ip", "netns", "del", name)
    run("ip", "netns", "add", name)
    row.cleanup("ip", "link", "del", f"{name}a")
    run("ip", "link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b", "netns", name)
    run("ip", "addr", "add", f"{address}.1/24", "dev", f"{name}a")
    run("ip", "link", "set", f"{name}a", "up")
    inside = ["ip", "-n", name]
    run(*inside, "addr", "add", f"{address}.2/24", "dev", f"{name}b")
    for device in ("lo", f"{name}b"):
        run(*inside, "link", "set", device, "up")
    site, host = broken(row, address=f"{address}.2", reached_at=f"{address}.2", namespace=name)
    site.start()
    row.inject()
    filtering = ["ip", "netns", "exec", name, "nft"]
    rules = "".join(
        f"chain {hook} {{ type filter hook {hook} priority 0; policy drop; }}\n" for hook in ("input", "output")
    )
    run(*filtering, "-f", "-", text=f"table inet gone {{\n{rules}}}\n")
    row.notices("warning broken: ")
    row.hold()
    run(*filtering, "delete", "table", "inet", "gone")
    row.mended()
    row.recovers_host(host, 300)
    finish(row, host)


@fault(
    "hosts.key_changed",
    "the host has another host key for {time}",
    seconds=(60, 5),
    suite="SSHTests/HostKeyTests, MonitorTests/LoginFaultsTests",
)
def key_changed(row):
    site, host = broken(row)
    site.start()
    folder = host.server.folder
    shutil.copytree(folder, f"{row.folder}/before")
    host.server.kill()
    row.inject()
    host.server.make_host_key()
    host.server.start()
    row.notices("warning broken: .*host key.*known_hosts")
    row.expect(site.mariadb.number("SELECT COUNT(*) FROM hosts WHERE name = 'broken' AND state = 'refused'") == 1
               or waits_for_state(site, "refused"), "the host is not shown as refused")
    row.hold()
    host.server.kill()
    for name in ("host_key", "host_key.pub"):
        shutil.copy(f"{row.folder}/before/{name}", folder)
    host.server.start()
    row.mended()
    row.recovers_host(host, LOGIN)
    finish(row, host)


def waits_for_state(site, state):
    wait_until(
        lambda: site.mariadb.number(f"SELECT COUNT(*) FROM hosts WHERE name = 'broken' AND state = '{state}'") == 1, 20,
        f"the host is shown as {state}",
    )
    return True


@fault(
    "hosts.login_refused",
    "the key may not log in for {time}",
    seconds=(60, 5),
    suite="MonitorTests/LoginFaultsTests",
)
def login_refused(row):
    site, host = broken(row)
    site.start()
    host.server.admit(False)
    row.inject()
    host.server.end_sessions()
    row.notices("warning broken: .*authorized_keys")
    waits_for_state(site, "refused")
    row.hold()
    host.server.admit()
    row.mended()
    row.recovers_host(host, LOGIN)
    finish(row, host)


@fault(
    "hosts.sessions",
    "sshd allows no further session on a connection (MaxSessions) for {time}",
    seconds=(60, 5),
    suite="MonitorTests/LoginFaultsTests",
)
def sessions(row):
    site, host = broken(row)
    site.start()
    row.inject()
    host.server.kill()
    host.server.start("MaxSessions 0")
    row.notices("warning broken: .*MaxSessions")
    row.hold()
    host.server.kill()
    host.server.start()
    row.mended()
    row.recovers_host(host, LOGIN)
    finish(row, host)


@fault(
    "hosts.garbage",
    "the probe's side sends 1 MB/s of garbage for {time}",
    seconds=(120, 10),
    suite="MonitorTests/ProbeFaultsTests",
)
def garbage(row):
    site, host, begin, switch = interposed(row, "garbage")
    before = site.resident()
    begin()
    row.notices("warning broken: ")
    row.hold()
    grown = (site.resident() - before) / 1e6
    row.expect(grown < 30, f"metricsd took {grown:.0f} MB more for it")
    os.remove(switch)
    row.mended()
    row.recovers_host(host, 180)
    finish(row, host)


def frames(row, kind, pattern):
    site, host, begin, _ = interposed(row, kind)
    for _ in range(1 if row.short else 5):
        begin()
        row.mended()
        row.notices(pattern)
        row.recovers_host(host)
        pause(3)
    finish(row, host, answers=5)


@fault(
    "hosts.frame_cut",
    "half of an answer comes, and then the end",
    suite="MonitorTests/ProbeFaultsTests",
)
def frame_cut(row):
    frames(row, "cut", "warning broken: ")


@fault(
    "hosts.frame_altered",
    "one bit of an answer is altered",
    suite="MonitorTests/ProbeFaultsTests, WireTests/FrameTests",
)
def frame_altered(row):
    frames(row, "altered", "warning broken: ")


@fault(
    "hosts.frame_replayed",
    "an answer is replaced by the one before",
    suite="MonitorTests/ProbeFaultsTests, WireTests/FrameTests",
)
def frame_replayed(row):
    frames(row, "replayed", "warning broken: ")


@fault(
    "hosts.probe_killed",
    "the probe is killed on the host",
    suite="MonitorTests/ProbeFaultsTests",
)
def probe_killed(row):
    site, host = broken(row)
    site.start()
    for _ in range(1 if row.short else 5):
        row.inject()
        for probe in host.server.probes():
            send(probe, signal.SIGKILL)
        row.mended()
        row.notices("warning broken: ")
        row.recovers_host(host)
        pause(3)
    finish(row, host, answers=5)


@fault(
    "hosts.directory_removed",
    "the probe's directory is removed, and its connection ends",
    suite="MonitorTests/PlacementFaultsTests",
)
def directory_removed(row):
    site, host = broken(row)
    site.start()
    shutil.rmtree(host.remote)
    row.inject()
    host.server.end_sessions()
    row.mended()
    row.notices("warning broken: ")
    row.recovers_host(host)
    finish(row, host)


@fault(
    "hosts.disk_full",
    "the host's disk is full when the probe is to be uploaded, for {time}",
    seconds=(60, 5),
    suite="MonitorTests/PlacementFaultsTests",
)
def disk_full(row):
    site, host = broken(row)
    mount = f"{row.folder}/small"
    os.makedirs(mount)
    run("mount", "-t", "tmpfs", "-o", "size=4m", "none", mount)
    row.cleanup("umount", "--lazy", mount)
    host.remote = f"{mount}/probe"
    site.start()
    # The file of a program that runs keeps its room.
    host.server.kill()
    shutil.rmtree(host.remote)
    fill(f"{mount}/filler")
    row.inject()
    host.server.start()
    row.notices("warning broken: .*([Ss]pace|full)")
    row.hold()
    os.remove(f"{mount}/filler")
    row.mended()
    row.recovers_host(host, 180)
    finish(row, host)


@fault(
    "hosts.hung_mount",
    "a network file system hangs for {time} (FUSE, mounted as sshfs: its server never answers)",
    seconds=(120, 15),
    suite="ProbeTests/FilesystemsTests, MonitorTests/RecordedHostTests",
)
def hung_mount(row):
    mount = f"{row.folder}/mount"
    os.makedirs(mount)
    # The mount is this host's alone.
    site, host = broken(row, prefix=["unshare", "--mount", "--propagation", "private"])
    site.start()
    row.inject()
    there = ["nsenter", "--mount", "--target", str(host.server.process.id)]
    server = Process([*there, "/usr/bin/python3", f"{HERE}/hung_mount.py", mount], f"{row.folder}/mount.log")
    row.cleanup(server.kill)
    wait_until(lambda: "mounted" in server.text() or not server.runs, 10, "the file system is mounted")
    row.expect(server.runs, f"the file system is not mounted: {server.text()}")
    row.notices("warning broken: collector .*has not answered")
    row.hold()
    told = len(site.says("has not answered"))
    row.expect(told <= 2, f"it was told {told} times")
    gap = site.worst_gap(host)
    row.expect(gap < 1.75 * site.interval, f"the host's other values did not come for {gap:.1f} s")
    server.kill()
    row.mended()
    row.recovers_host(host)
    finish(row, host)


@fault(
    "hosts.clock_ahead",
    "the host's clock is an hour ahead for {time}",
    seconds=(60, 8),
    suite="MonitorTests/HostClockTests",
)
def clock_ahead(row):
    site, host, begin, switch = interposed(row, "ahead")
    begin()
    host.server.end_sessions()
    ahead = "SELECT COUNT(*) FROM hosts WHERE name = 'broken' AND ABS(clock_skew_ms - 3600000) < 5000"
    wait_until(lambda: site.mariadb.number(ahead) == 1, 60, "hosts.clock_skew_ms says that the clock is an hour ahead")
    row.noticed_now()
    wait_until(lambda: any("ALERT broken clock_skew" in subject for subject in site.subjects()), 60, "a mail tells of the clock")
    row.hold()
    ahead_rows = site.mariadb.number(
        "SELECT COUNT(*) FROM metric_values WHERE host = 'broken' AND metric = 'uptime_seconds' "
        "AND collected_at > UTC_TIMESTAMP() + INTERVAL 50 MINUTE"
    )
    row.expect(ahead_rows > 0, "no row has the host's own time")
    os.remove(switch)
    host.server.end_sessions()
    row.mended()
    row.recovers(lambda: site.mariadb.number(ahead) == 0, 60, "hosts.clock_skew_ms is right again")
    wait_until(lambda: any("RESOLVED broken clock_skew" in subject for subject in site.subjects()), 60, "a mail tells its end")
    row.recovers_host(host)
    finish(row, host, answers=2)


@fault(
    "hosts.other_machine",
    "the host's name resolves to another machine, with the same host key, for {time}",
    seconds=(60, 8), suite="MonitorTests/MachineChangeTests",
)
def other_machine(row):
    site = row.make_site(hosts=2)
    names = f"{row.folder}/hosts"

    def resolve(address):
        # In place: the file is mounted over /etc/hosts.
        with open(names, "w", encoding="utf-8") as file:
            file.write(f"127.0.0.1 localhost\n{address} broken.test\n")

    resolve("127.0.2.1")
    host = site.add_host("broken", address="127.0.2.1", reached_at="broken.test", prefix=machine(row, "1" * 32))
    other = SSHServer(f"{row.folder}/other", address="127.0.2.2", port=host.server.port,
                      prefix=machine(row, "2" * 32, hides=host.folder))
    for name in ("host_key", "host_key.pub"):
        shutil.copy(f"{host.server.folder}/{name}", other.folder)
    shutil.copy(f"{host.server.key}.pub", f"{other.key}.pub")
    other.admit()
    row.servers.append(other)
    site.prefix = ["unshare", "--mount", "sh", "-c", f'mount --bind {names} /etc/hosts && exec "$@"', "sh"]
    site.start()
    other.start()
    resolve("127.0.2.2")
    row.inject()
    host.server.end_sessions()
    row.notices("warning broken: .*metricsd host accept")
    waits_for_state(site, "refused")
    row.hold()
    resolve("127.0.2.1")
    row.mended()
    row.recovers_host(host, LOGIN)
    row.expect("machine_changed" in " ".join(site.subjects()), f"no mail tells of it: {site.subjects()}")
    # What the other machine prints begins at a million.
    foreign = [number for number in site.stored_runs()["broken"] if number > FOREIGN]
    row.expect(not foreign, f"{len(foreign)} rows of the other machine are under the host's name")
    finish(row, host)


FOREIGN = 1_000_000


def machine(row, identity, hides=None):
    """What starts an sshd as another machine: with its own machine-id, and other files where the host has its."""
    folder = f"{row.folder}/machine-{identity[:1]}"
    os.makedirs(f"{folder}/files")
    with open(f"{folder}/machine-id", "w", encoding="utf-8") as file:
        file.write(identity + "\n")
    mounts = f"mount --bind {folder}/machine-id /etc/machine-id"
    if hides:
        Host.prepare(f"{folder}/files", base=FOREIGN)
        mounts += f" && mount --bind {folder}/files {hides}"
    return ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh"]
