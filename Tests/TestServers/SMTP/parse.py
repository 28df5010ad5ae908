"""Prints as JSON how Python's email package understands the message in the file that is its argument."""

import email
import email.policy
import json
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read()
message = email.message_from_bytes(data, policy=email.policy.default)
parts = list(message.walk())


def text_of(part):
    return part.get_content().replace("\r\n", "\n") if part else None


json.dump(
    {
        "headers": [[name, str(value)] for name, value in message.items()],
        "body": text_of(message.get_body(("plain",))),
        "html": text_of(message.get_body(("html",))),
        "types": [part.get_content_type() for part in parts],
        "defects": [str(defect) for part in parts for defect in part.defects]
        + ["%s: %s" % (name, defect) for part in parts for name, value in part.items() for defect in value.defects],
        "longestLine": max(len(line) for line in data.split(b"\r\n")),
        "hasBareLineEnd": b"\n" in data.replace(b"\r\n", b"") or b"\r" in data.replace(b"\r\n", b""),
        "isASCII": data.isascii(),
    },
    sys.stdout,
)
