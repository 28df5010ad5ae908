"""An SMTP server for tests, on aiosmtpd (Debian: python3-aiosmtpd).

Takes one JSON object of options as its argument and prints `ready` once it listens. Each accepted message becomes two
files in the folder: NUMBER.eml, the bytes as received, and NUMBER.json, its envelope. The second is written last and
by renaming, so whoever sees it sees all.
"""

import asyncio
import json
import os
import signal
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

OPTIONS = json.loads(sys.argv[1])


class Handler:
    def __init__(self):
        self.count = 0
        self.connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if OPTIONS.get("hang") == "EHLO":
            await asyncio.sleep(3600)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if OPTIONS.get("hang") == "MAIL":
            await asyncio.sleep(3600)
        if "MAIL" in OPTIONS["refuse"]:
            return OPTIONS["refuse"]["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = OPTIONS["refuse"].get("RCPT " + address) or OPTIONS["refuse"].get("RCPT")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if OPTIONS.get("hang") == "DATA":
            await asyncio.sleep(3600)
        if "DATA" in OPTIONS["refuse"]:
            return OPTIONS["refuse"]["DATA"]
        self.count += 1
        path = os.path.join(OPTIONS["folder"], "%04d" % self.count)
        with open(path + ".eml", "wb") as file:
            file.write(envelope.original_content)
        record = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "helo": session.host_name,
            "isEncrypted": session.ssl is not None or OPTIONS["mode"] == "implicit",
            "user": session.auth_data.login.decode() if session.auth_data else None,
        }
        with open(path + ".tmp", "w") as file:
            json.dump(record, file)
        os.rename(path + ".tmp", path + ".json")
        return "250 2.0.0 OK queued as %04d" % self.count

    async def handle_QUIT(self, server, session, envelope):
        if OPTIONS.get("hang") == "QUIT":
            await asyncio.sleep(3600)
        return "221 Bye"


def authenticate(server, session, envelope, mechanism, data):
    if not isinstance(data, LoginPassword):
        return AuthResult(success=False, handled=False)
    given = (data.login.decode(), data.password.decode())
    if given == (OPTIONS["user"], OPTIONS["password"]):
        return AuthResult(success=True, auth_data=data)
    return AuthResult(success=False, handled=False)


def main():
    context = None
    if OPTIONS["mode"] != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(OPTIONS["certificate"], OPTIONS["key"])
    handler = Handler()

    def make():
        arguments = dict(hostname="mx.test", ident="test", timeout=3600, enable_SMTPUTF8=False)
        if OPTIONS["mode"] == "starttls":
            arguments.update(tls_context=context)
        if OPTIONS.get("user"):
            arguments.update(
                authenticator=authenticate,
                auth_required=True,
                auth_require_tls=OPTIONS["mode"] == "starttls",
                auth_exclude_mechanism=OPTIONS.get("excludeMechanisms", []),
            )
        return SMTP(handler, **arguments)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(
        loop.create_server(
            make, "127.0.0.1", OPTIONS["port"], ssl=context if OPTIONS["mode"] == "implicit" else None
        )
    )
    # A test's thread may hold signals back, and children inherit that.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    loop.add_signal_handler(signal.SIGTERM, lambda: os._exit(0))
    print("ready", flush=True)
    loop.run_forever()
    server.close()


main()
