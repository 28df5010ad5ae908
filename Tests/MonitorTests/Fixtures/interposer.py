"""Stands between sshd and the probe as a forced command and spoils the probe's answers.

usage: interposer.py FAULT SWITCH; spoils the third answer (hello is the first), once: SWITCH is removed then.
"""
import os
import subprocess
import sys

fault, switch = sys.argv[1:3]
command = os.environ["SSH_ORIGINAL_COMMAND"]
if "--serve" not in command or not os.path.exists(switch):
    os.execv("/bin/sh", ["sh", "-c", command])

probe = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE)
out = sys.stdout.buffer


def write(data):
    out.write(data)
    out.flush()


def read(count):
    data = probe.stdout.read(count)
    if len(data) < count:
        sys.exit(probe.wait())
    return data


preamble = b""
while not preamble.endswith(b" ready\n"):
    preamble += read(1)
write(preamble)

number = 0
previous = b""
while True:
    header = read(4)
    frame = header + read(int.from_bytes(header, "little") + 16)
    number += 1
    if number == 3:
        os.remove(switch)
        if fault == "altered":
            frame = frame[:10] + bytes([frame[10] ^ 1]) + frame[11:]
        elif fault == "replayed":
            frame = previous
        elif fault == "doubled":
            frame = frame + frame
        elif fault == "cut":
            write(frame[: len(frame) // 2])
            probe.kill()
            sys.exit(0)
        elif fault == "garbage":
            frame = b"Message from root: the system is going down\n"
        elif fault == "swallowed":
            frame = b""
    previous = frame
    write(frame)
