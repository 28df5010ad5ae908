"""Prints as JSON how Python's email package understands the message in the file that is its argument."""

import email
import email.policy
import json
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read()
message = email.message_from_bytes(data, policy=email.policy.default)
json.dump(
    {
        "headers": [[name, str(value)] for name, value in message.items()],
        "body": message.get_content().replace("\r\n", "\n"),
        "defects": [str(defect) for defect in message.defects]
        + ["%s: %s" % (name, defect) for name, value in message.items() for defect in value.defects],
        "longestLine": max(len(line) for line in data.split(b"\r\n")),
        "hasBareLineEnd": b"\n" in data.replace(b"\r\n", b"") or b"\r" in data.replace(b"\r\n", b""),
        "isASCII": data.isascii(),
    },
    sys.stdout,
)
