"""The peer of scripts/benchmark: one poll as it is usually written in Python.

Connects with paramiko, uploads a script by SFTP, runs it, and decrypts the AES-256-GCM reply, for every poll anew.
Prints one line of JSON with the CPU time (user and system, of this process only) and the time that a poll took.
"""

import argparse
import base64
import json
import os
import time

import paramiko
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# What runs on the host: the same kinds of values that metricsd's `standard` set reads.
REMOTE_SCRIPT = '''
import base64, json, os, sys, time
import psutil
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

key = base64.b64decode(sys.stdin.readline())
times = psutil.cpu_times_percent(interval=0.1)
memory, swap = psutil.virtual_memory(), psutil.swap_memory()
values = {
    "uptime_seconds": time.time() - psutil.boot_time(),
    "cpu_percent": 100 - times.idle,
    "load": psutil.getloadavg(),
    "mem_percent": memory.percent,
    "mem_available_bytes": memory.available,
    "swap_percent": swap.percent,
    "disks": {p.mountpoint: psutil.disk_usage(p.mountpoint).percent for p in psutil.disk_partitions()},
    "disk_io": {name: counters._asdict() for name, counters in psutil.disk_io_counters(perdisk=True).items()},
    "network": {name: counters._asdict() for name, counters in psutil.net_io_counters(pernic=True).items()},
    "processes": len(psutil.pids()),
}
nonce = os.urandom(12)
sealed = AESGCM(key).encrypt(nonce, json.dumps(values).encode(), None)
print(base64.b64encode(nonce + sealed).decode())
'''


def poll(arguments, script):
    client = paramiko.SSHClient()
    client.load_host_keys(arguments.known_hosts)
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(
        arguments.host,
        port=arguments.port,
        username=arguments.user,
        key_filename=arguments.key,
        allow_agent=False,
        look_for_keys=False,
        timeout=10,
    )
    try:
        sftp = client.open_sftp()
        sftp.put(script, arguments.remote_script)
        sftp.close()
        key = AESGCM.generate_key(bit_length=256)
        stdin, stdout, stderr = client.exec_command(
            f"{arguments.remote_python} {arguments.remote_script}", timeout=20
        )
        stdin.write(base64.b64encode(key).decode() + "\n")
        stdin.flush()
        reply = base64.b64decode(stdout.read())
        if not reply:
            raise SystemExit("the script printed nothing: " + stderr.read().decode(errors="replace"))
        return json.loads(AESGCM(key).decrypt(reply[:12], reply[12:], None))
    finally:
        client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--known-hosts", required=True)
    parser.add_argument("--remote-python", required=True, help="a Python with psutil and cryptography")
    parser.add_argument("--folder", required=True, help="for the script on both sides")
    parser.add_argument("--polls", type=int, default=30)
    arguments = parser.parse_args()

    arguments.remote_script = os.path.join(arguments.folder, "uploaded.py")
    script = os.path.join(arguments.folder, "script.py")
    with open(script, "w", encoding="utf-8") as file:
        file.write(REMOTE_SCRIPT)

    # Imports, key exchange tables and caches count for nobody.
    for _ in range(3):
        values = poll(arguments, script)
    before, began = os.times(), time.monotonic()
    for _ in range(arguments.polls):
        values = poll(arguments, script)
    after, ended = os.times(), time.monotonic()
    cpu = (after.user + after.system) - (before.user + before.system)
    print(
        json.dumps(
            {
                "polls": arguments.polls,
                "values": len(values),
                "cpu_ms_per_poll": round(cpu * 1000 / arguments.polls, 3),
                "wall_ms_per_poll": round((ended - began) * 1000 / arguments.polls, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
