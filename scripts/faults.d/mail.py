"""The mail server fails: each mail comes at least once, always under the same Message-ID."""

from processes import wait_until
from fault import fault


@fault("mail.away", "the SMTP server is away for {time}", seconds=(3000, 20),
       suite="MonitorTests/EndToEnd MailsTests, MailTests/SMTPFailureTests")
def away(row):
    site = row.make_site(hosts=1)
    site.start()
    row.flips()
    row.inject()
    site.smtp.stop()
    flip = site.raise_alert()
    row.notices("no connection")
    row.hold()
    site.smtp.start()
    row.mended()
    row.recovers(lambda: site.mailed(flip, "ALERT"), 700, "the mail that waited is there")
    site.end_alert()
    wait_until(lambda: site.mailed(flip, "RESOLVED"), 60, "the mail of the end is there")
    row.finish()
