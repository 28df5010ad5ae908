"""The servers that are made to fail: MariaDB, sshd and an SMTP server, each private and on loopback."""

import email
import email.policy
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import threading

from processes import Process, Unmet, descendants, need, run, send, wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port, address="127.0.0.1"):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


class MariaDB:
    """A server with a data directory of its own, on a socket for root and on loopback for the user `metricsd`."""

    _template = None
    _making = threading.Lock()

    def __init__(self, folder, data=None, options=()):
        self.folder = folder
        os.makedirs(f"{folder}/tmp")
        self.data = data or f"{folder}/data"
        self.socket = f"{folder}/socket"
        self.port = free_port()
        self.options = list(options)
        # Of the whole matrix, above the folder of the row and of its site.
        template = self._empty(os.path.normpath(f"{folder}/../../.."))
        shutil.copytree(template, self.data, dirs_exist_ok=True)
        self.process = None

    @classmethod
    def _empty(cls, folder):
        """Made once, then copied: making it takes a second of CPU."""
        with cls._making:
            if cls._template is None:
                need("mariadbd", "mariadb-server-core")
                path = f"{folder}/mariadb-template"
                os.makedirs(path + "-tmp")
                run(
                    need("mariadb-install-db", "mariadb-server-core"), "--no-defaults", f"--datadir={path}",
                    "--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=16M",
                    f"--tmpdir={path}-tmp", "--user=root",
                )
                cls._template = path
        return cls._template

    def start(self):
        self.process = Process(
            [
                need("mariadbd", "mariadb-server-core"), "--no-defaults", f"--datadir={self.data}",
                f"--socket={self.socket}", f"--pid-file={self.folder}/pid", f"--port={self.port}",
                "--bind-address=127.0.0.1", f"--tmpdir={self.folder}/tmp", "--user=root",
                "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--performance-schema=OFF",
                # The machine keeps its power: only processes are killed, and what they wrote stays.
                "--innodb-flush-method=nosync", "--skip-log-bin", *self.options,
            ],
            f"{self.folder}/log",
        )
        wait_until(lambda: self.answers() or self.ended(), 60, "MariaDB starts")

    def ended(self):
        if not self.process.runs:
            raise Unmet(f"MariaDB ended: {self.process.text()[-1500:]}")

    def answers(self):
        try:
            self.sql("SELECT 1", database="")
            return True
        except (Unmet, subprocess.TimeoutExpired):
            return False

    def create(self):
        self.sql(
            "CREATE DATABASE metricsd; CREATE USER metricsd@'127.0.0.1' IDENTIFIED BY 'secret';"
            "GRANT ALL ON metricsd.* TO metricsd@'127.0.0.1';",
            database="",
        )

    def sql(self, text, database="metricsd", seconds=60):
        """Rows of text, as root."""
        output = run(
            need("mariadb", "mariadb-client-core"), "--no-defaults", f"--socket={self.socket}", "--user=root",
            "--batch", "--skip-column-names", "--connect-timeout=5", *([database] if database else []),
            text=text, seconds=seconds,
        )
        return [line.split("\t") for line in output.splitlines()]

    def number(self, text):
        rows = self.sql(text)
        return int(rows[0][0]) if rows and rows[0][0] != "NULL" else 0

    def stop(self):
        self.process.end(60)

    def kill(self):
        self.process.kill()


class SSHServer:
    """A host: an sshd on a port of its own, or, with `namespace`, at an address of its own."""

    def __init__(self, folder, address="0.0.0.0", port=None, namespace=None, configuration=(), forced=None, prefix=()):
        self.folder = folder
        self.address = address
        self.port = port or free_port()
        self.namespace = namespace
        self.configuration = list(configuration)
        self.prefix = list(prefix)
        os.makedirs(f"{folder}/home")
        os.makedirs("/run/sshd", exist_ok=True)
        self.key = f"{folder}/key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "metricsd", "-f", self.key)
        self.forced = forced
        self.admit()
        self.make_host_key()
        self.process = None

    def make_host_key(self):
        for file in glob.glob(f"{self.folder}/host_key*"):
            os.remove(file)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", f"{self.folder}/host_key")

    def known(self, address, port):
        with open(f"{self.folder}/host_key.pub", encoding="utf-8") as file:
            return f"[{address}]:{port} {' '.join(file.read().split()[:2])}\n"

    def admit(self, everybody=True):
        """Whether the key may log in."""
        with open(f"{self.key}.pub", encoding="utf-8") as file:
            line = (f'command="{self.forced}" ' if self.forced else "") + file.read()
        with open(f"{self.folder}/authorized_keys", "w", encoding="utf-8") as file:
            file.write(line if everybody else "")

    def start(self, *configuration):
        lines = [
            *configuration, *self.configuration, f"ListenAddress {self.address}:{self.port}",
            f"HostKey {self.folder}/host_key", f"AuthorizedKeysFile {self.folder}/authorized_keys", "PidFile none",
            "StrictModes no", "PermitRootLogin yes", "UsePAM no", "PasswordAuthentication no",
            "KbdInteractiveAuthentication no", f"SetEnv HOME={self.folder}/home", "UseDNS no",
            "Subsystem sftp internal-sftp",
        ]
        if self.address == "0.0.0.0":
            lines.append("AllowUsers root@127.0.0.0/8")
        path = f"{self.folder}/sshd_config"
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        command = [*self.prefix, need("sshd", "openssh-server"), "-D", "-e", "-f", path]
        before = os.path.getsize(f"{self.folder}/log") if os.path.exists(f"{self.folder}/log") else 0
        self.process = Process(command, f"{self.folder}/log", namespace=self.namespace)
        wait_until(lambda: "Server listening" in self.process.text()[before:] or self._ended(), 20, "sshd starts")

    def _ended(self):
        if not self.process.runs:
            raise Unmet(f"sshd ended: {self.process.text()[-1500:]}")

    def tree(self):
        return [(self.process.id, "sshd")] + descendants(self.process.id)

    def signal(self, number):
        """To the server, its sessions and what they run."""
        for process, _ in self.tree():
            send(process, number)

    def kill(self):
        """As when the machine loses its power, but for the kernel, which still resets the connections."""
        if self.process.runs:
            self.process.kill()

    def end_sessions(self):
        """Whoever is logged in has to log in again."""
        for process, _ in descendants(self.process.id):
            send(process, signal.SIGKILL)

    def probes(self):
        return [process for process, name in self.tree() if name.startswith("metricsd-probe")]


class SMTPServer:
    def __init__(self, folder, certificate=None):
        self.folder = folder
        self.certificate = certificate
        os.makedirs(f"{folder}/mails")
        self.port = free_port()
        self.process = None

    def start(self):
        options = {"port": self.port, "folder": f"{self.folder}/mails", "behaviour": f"{self.folder}/behaviour"}
        if self.certificate:
            options.update(certificate=f"{self.certificate}.pem", key=f"{self.certificate}.key")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "smtp_server.py")
        self.process = Process(["/usr/bin/python3", script, json.dumps(options)], f"{self.folder}/log")
        try:
            wait_until(lambda: accepts(self.port) or not self.process.runs, 20, "the SMTP server starts")
        finally:
            if not self.process.runs:
                raise Unmet(f"the SMTP server (python3-aiosmtpd) ended: {self.process.text()[-1000:]}")

    def behave(self, **behaviour):
        with open(f"{self.folder}/behaviour.new", "w", encoding="utf-8") as file:
            json.dump(behaviour, file)
        os.rename(f"{self.folder}/behaviour.new", f"{self.folder}/behaviour")

    def stop(self):
        self.process.end()

    def mails(self):
        """Everything it has taken, in its order."""
        found = []
        for path in sorted(glob.glob(f"{self.folder}/mails/*.eml")):
            with open(path, "rb") as file:
                found.append(email.message_from_binary_file(file, policy=email.policy.default))
        return found
