"""An SMTP server (Debian: python3-aiosmtpd) that misbehaves on demand; arguments are one JSON object.

The file `behaviour` is read at each step and may hold `refuse` (a reply to MAIL, such as "451 try later") and `die`
(ends the server behind DATA, when the message is stored and before it is confirmed).
Each message becomes NUMBER.eml.
"""

import asyncio
import json
import os
import signal
import ssl
import sys

from aiosmtpd.smtp import SMTP

OPTIONS = json.loads(sys.argv[1])


def behaviour():
    try:
        with open(OPTIONS["behaviour"], encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        now = behaviour()
        if "refuse" in now:
            return now["refuse"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        number = len(os.listdir(OPTIONS["folder"])) + 1
        path = os.path.join(OPTIONS["folder"], f"{number:05}")
        with open(path + ".part", "wb") as file:
            file.write(envelope.original_content)
        os.rename(path + ".part", path + ".eml")
        if behaviour().get("die"):
            os._exit(1)
        return f"250 2.0.0 queued as {number}"


async def main():
    context = None
    if OPTIONS.get("certificate"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(OPTIONS["certificate"], OPTIONS["key"])
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), hostname="mx.test", ident="test", timeout=3600, enable_SMTPUTF8=False),
        "127.0.0.1", OPTIONS["port"], ssl=context,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: os._exit(0))
    await server.serve_forever()


asyncio.run(main())
