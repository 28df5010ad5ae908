"""Processes, namespaces and mounts of the fault matrix: everything that is started here is ended here, by its id."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36  # man 2 prctl


class Interrupted(Exception):
    """The matrix is to end now."""


class Unmet(Exception):
    """Something did not come in its time."""


stopping = threading.Event()
_libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans():
    """What a child leaves behind (sessions of an sshd that is gone) stays below this process, to be ended with it."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def processes():
    """Of each living process: id, parent, name (man 5 proc)."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue  # It has ended meanwhile.
        fields = text[text.rindex(")") + 2 :].split()
        if fields[0] not in "ZX":
            found.append((int(entry), int(fields[1]), text[text.index("(") + 1 : text.rindex(")")]))
    return found


def descendants(root):
    """Ids and names, parents first."""
    children = {}
    for process, parent, name in processes():
        children.setdefault(parent, []).append((process, name))
    found, waiting = [], [root]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child[0])
    return found


def send(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass  # It has ended meanwhile.


def kill_all(process):
    """SIGKILL to a process and all below it, those first that could start others."""
    tree = [process] + [child for child, _ in descendants(process)]
    for member in tree:
        send(member, signal.SIGSTOP)
    for member in tree + [child for child, _ in descendants(process)]:
        send(member, signal.SIGKILL)


def end_everything():
    for _ in range(50):
        left = [process for process, _ in descendants(os.getpid())]
        if not left:
            return
        for process in left:
            send(process, signal.SIGKILL)
        time.sleep(0.05)


def pause(seconds):
    if stopping.wait(max(seconds, 0)):
        raise Interrupted


def wait_until(condition, seconds, what, every=0.05):
    """Waits for something of other processes; gives the seconds it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise Unmet(f"{what}: not within {seconds:g} s")
        pause(every)
    return time.monotonic() - began


def run(*command, text=None, check=True, seconds=60):
    """A short command: its standard output."""
    result = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, timeout=seconds, start_new_session=True
    )
    if check and result.returncode != 0:
        raise Unmet(f"{' '.join(command[:3])}: {(result.stderr or result.stdout).strip()[-500:]}")
    return result.stdout


def fill(path):
    """Takes all the room that is left, in a file."""
    with open(path, "ab", buffering=0) as file:
        for piece in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(piece))
            except OSError:
                pass  # No such piece fits any more.


def need(program, package):
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        print(f"There is no {program}; apt-get install {package}", file=sys.stderr)
        sys.exit(69)
    return path


class Process:
    """A child with its output in a file. In a session of its own: Ctrl-C on the terminal is ours to handle."""

    def __init__(self, command, log, namespace=None, environment=None, folder=None):
        if namespace:
            command = ["ip", "netns", "exec", namespace, *command]
        self.log = log
        with open(log, "ab") as output:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=folder,
                env={**os.environ, **(environment or {})},
            )
        self.id = self.child.pid

    @property
    def runs(self):
        return self.child.poll() is None

    def send(self, number):
        if self.runs:
            self.child.send_signal(number)

    def end(self, seconds=20, number=signal.SIGTERM):
        """Gives its exit status. Whoever does not end in time is killed, which is an error of its own."""
        if self.runs:
            self.child.send_signal(number)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            kill_all(self.id)
            self.child.wait(10)
            raise Unmet(f"{self.child.args[0]} did not end within {seconds} s of a signal") from None

    def kill(self):
        """As a power cut would: this one and all it has started."""
        kill_all(self.id)
        self.child.wait(10)

    def text(self):
        # Line ends as they are, so that sizes of the file count in the text.
        with open(self.log, encoding="utf-8", errors="replace", newline="") as file:
            return file.read()
