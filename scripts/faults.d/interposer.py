"""Stands between sshd and the probe, as a forced command, and spoils what comes from the probe while FILE exists.

usage: interposer.py FAULT FILE

cut, altered, replayed: one frame, FILE is removed then. garbage: a megabyte a second instead of answers, in a running
session as in a new one. ahead: the probe runs under a clock that is an hour ahead, in an emulator (it is a static
program, which no library can lie to).
"""

import glob
import os
import shlex
import subprocess
import sys
import time

fault, switch = sys.argv[1:3]
command = os.environ.get("SSH_ORIGINAL_COMMAND", "")
if "--serve" not in command:
    os.execv("/bin/sh", ["sh", "-c", command])
arguments = shlex.split(command)
if arguments[0] == "exec":
    arguments = arguments[1:]
if fault == "ahead":
    if os.path.exists(switch):
        library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]
        arguments = ["qemu-x86_64", *arguments]
        os.environ.update(LD_PRELOAD=library, FAKETIME="+3600s", DONT_FAKE_MONOTONIC="1")
    os.execvp(arguments[0], arguments)

out = sys.stdout.buffer


def write(data):
    out.write(data)
    out.flush()


def garbage():
    while os.path.exists(switch):
        write(os.urandom(100_000))
        time.sleep(0.1)
    sys.exit(1)


if fault == "garbage" and os.path.exists(switch):
    garbage()
probe = subprocess.Popen(arguments, stdout=subprocess.PIPE)


def read(count):
    data = probe.stdout.read(count)
    if len(data) < count:
        sys.exit(probe.wait())
    return data


preamble = b""
while not preamble.endswith(b" ready\n"):
    preamble += read(1)
write(preamble)
previous = b""
while True:
    header = read(4)
    frame = header + read(int.from_bytes(header, "little") + 16)
    if previous and os.path.exists(switch):
        if fault == "garbage":
            garbage()
        os.remove(switch)
        if fault == "altered":
            frame = frame[:10] + bytes([frame[10] ^ 1]) + frame[11:]
        elif fault == "replayed":
            frame = previous
        elif fault == "cut":
            write(frame[: len(frame) // 2])
            probe.kill()
            sys.exit(0)
    previous = frame
    write(frame)
