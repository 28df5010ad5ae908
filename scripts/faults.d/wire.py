"""A way to a server through a port of its own, on which things can happen to what passes."""

import socket
import threading
import time

COMMIT = b"\x07\x00\x00\x00\x03COMMIT"  # A MySQL packet: its length, number 0, COM_QUERY, the text.


class Wire:
    def __init__(self, port, address="127.0.0.1"):
        self.target = (address, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.delay = 0  # Seconds that each request waits.
        self.bytes_per_second = None
        self.cut_every = 0  # Of so many commits one is done, and nobody is told.
        self.commits = self.cuts = self.passed = 0
        self.on_request = None  # Called with the bytes before they go on; true cuts the connection.
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        try:
            server = socket.create_connection(self.target, timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        back = threading.Thread(target=self._answers, args=(server, client), daemon=True)
        back.start()
        try:
            while data := client.recv(1 << 16):
                if self.delay and data[3:4] == b"\0":
                    time.sleep(self.delay)
                if self.bytes_per_second:
                    time.sleep(len(data) / self.bytes_per_second)
                is_commit = data == COMMIT
                if is_commit:
                    self.commits += 1
                if is_commit and self.cut_every and self.commits % self.cut_every == 0:
                    self.cuts += 1
                    # Nothing comes back any more, but the server has it, and time to do it.
                    client.shutdown(socket.SHUT_RDWR)
                    server.sendall(data)
                    time.sleep(0.2)
                    break
                if self.on_request and self.on_request(data):
                    break
                server.sendall(data)
                self.passed += len(data)
        except OSError:
            pass  # One side is gone.
        finally:
            for side in (client, server):
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            back.join()
            client.close()
            server.close()

    @staticmethod
    def _answers(server, client):
        try:
            while data := server.recv(1 << 16):
                client.sendall(data)
        except OSError:
            pass
        finally:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
