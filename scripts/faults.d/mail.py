"""The mail server fails: each mail comes at least once, always under the same Message-ID."""

import os
import signal

from fault import fault
from processes import run, wait_until

RETRY = 700  # A mail that could not be sent is tried again after ten minutes at most.
SUITES = "MailTests/SMTPFailureTests, MonitorTests/MailsTests"


def comes_later(row, begin, end, pattern, notice_within=60):
    """An alert's mail meets the fault, and comes behind it."""
    site = row.site
    row.inject()
    begin()
    flip = site.raise_alert()
    row.notices(pattern, notice_within)
    row.hold()
    end()
    row.mended()
    row.recovers(lambda: site.mailed(flip, "ALERT"), RETRY, "the mail that waited is there")
    site.end_alert()
    wait_until(lambda: site.mailed(flip, "RESOLVED"), 60, "the mail of the end is there")
    row.flips()
    row.finish()


@fault(
    "mail.away",
    "the SMTP server is away for {time}",
    seconds=(2700, 20), suite=SUITES,
)
def away(row):
    site = row.make_site(hosts=1)
    site.start()
    comes_later(row, site.smtp.stop, site.smtp.start, "error smtp.*no connection")


@fault(
    "mail.refused_for_now",
    "the SMTP server answers 451 for {time}",
    seconds=(300, 20), suite=SUITES,
)
def refused_for_now(row):
    site = row.make_site(hosts=1)
    site.start()
    comes_later(row, lambda: site.smtp.behave(refuse="451 4.3.0 try again later"), site.smtp.behave, "error smtp.*451")


@fault(
    "mail.refused_for_good",
    "the SMTP server answers 550 to a mail",
    suite=SUITES,
)
def refused_for_good(row):
    site = row.make_site(hosts=1)
    site.start()
    site.smtp.behave(refuse="550 5.7.1 not wanted here")
    row.inject()
    site.raise_alert()
    row.notices("critical smtp.*550.*metricsd status")
    site.smtp.behave()
    row.mended()
    status = site.status()
    row.expect("not wanted here" in status, f"metricsd status does not show the refused mail: {status[-300:]}")
    # That one is kept, and never sent; those after it are.
    site.end_alert()
    refused = site.flips.pop()
    row.recovers(lambda: site.mailed(refused, "RESOLVED"), 60, "the next mail is there")
    row.remark("kept and shown by `metricsd status`")
    row.finish()


@fault(
    "mail.black_hole",
    "the SMTP server takes connections and never says a word, for {time}",
    seconds=(300, 20), suite=SUITES,
)
def black_hole(row):
    site = row.make_site(hosts=1)
    site.start()
    comes_later(
        row, lambda: site.smtp.process.send(signal.SIGSTOP), lambda: site.smtp.process.send(signal.SIGCONT),
        "error smtp", 120,
    )


@fault(
    "mail.certificate",
    "the SMTP server's certificate is expired for {time}",
    seconds=(300, 20), suite=SUITES,
)
def certificate(row):
    site = row.make_site(hosts=1)
    folder = f"{row.folder}/certificates"
    os.makedirs(folder)
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run("openssl", "req", "-x509", *new_key, "-subj", "/CN=Authority of the fault matrix", "-days", "2",
        "-keyout", f"{folder}/authority.key", "-out", f"{folder}/authority.pem")
    with open(f"{folder}/extensions", "w", encoding="utf-8") as file:
        file.write("subjectAltName=IP:127.0.0.1\n")
    for name, days in {"valid": "2", "expired": "-1"}.items():
        run("openssl", "req", "-new", *new_key, "-subj", "/CN=server", "-keyout", f"{folder}/{name}.key",
            "-out", f"{folder}/{name}.csr")
        run("openssl", "x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/authority.pem",
            "-CAkey", f"{folder}/authority.key", "-set_serial", "1", "-days", days, "-extfile", f"{folder}/extensions",
            "-out", f"{folder}/{name}.pem")
    site.smtp.certificate = f"{folder}/valid"
    site.smtp_url = f'smtps://127.0.0.1:{site.smtp.port}" ca="{folder}/authority.pem"'
    site.start()

    def use(name):
        site.smtp.stop()
        site.smtp.certificate = f"{folder}/{name}"
        site.smtp.start()

    comes_later(row, lambda: use("expired"), lambda: use("valid"), "error smtps.*certificate")


@fault(
    "mail.killed_after_data",
    "the SMTP server dies when it has a mail and has not confirmed it; back after {time}",
    seconds=(60, 5), suite=SUITES,
)
def killed_after_data(row):
    site = row.make_site(hosts=1)
    site.start()

    def back():
        site.smtp.behave()
        site.smtp.start()

    site.smtp.behave(die=True)
    row.inject()
    flip = site.raise_alert()
    row.notices("error smtp")
    row.hold()
    back()
    row.mended()
    row.recovers(lambda: len(site.mails_of(flip, "ALERT")) == 2, RETRY, "the mail that was not confirmed comes again")
    site.end_alert()
    wait_until(lambda: site.mailed(flip, "RESOLVED"), 60, "the mail of the end is there")
    row.remark("twice under one Message-ID")
    row.finish()
    row.expect(row.mails_twice == 1, f"{row.mails_twice} mails came twice")
