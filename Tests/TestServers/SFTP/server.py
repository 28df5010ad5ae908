"""An SFTP server, version 3, that does what a test asks for; sshd starts it as its subsystem.

    --no-extensions       offers none
    --version N           says that it speaks this version
    --overwrite           a rename replaces what has the name
    --renames-nothing     says that it renamed, and did not
    --rename-dies WHEN    "before" or "after": the first rename ends the server without a reply, before or after it is done
    --mark FILE           what remembers over connections that there was a first rename
    --short-reads N       gives at most N bytes at a time
    --backwards           answers what came together last things first
    --refuse-write N      refuses the write at this offset
    --garbage-after N     sends nonsense after N replies
    --endless-reads       a file that is read has no end
    --refuse-list         does not let directories be listed
    --refuse-remove       does not let files be removed
    --refuse-rename FILE  does not let files be renamed while there is this one
    --fsync FILE          offers it, and notes there what was synced
    --sync-waits FILE     does not answer to it while there is this one
    --refuse-sync FILE    does not sync while there is this one
    --spoils              alters the first write, once (with --mark)
    --free-blocks N       offers statvfs, with so many free blocks
    --silent              never answers
"""

import argparse
import os
import stat
import struct
import sys
import time

parser = argparse.ArgumentParser()
for flag in [
    "no-extensions", "overwrite", "renames-nothing", "backwards", "endless-reads", "refuse-list", "refuse-remove",
    "silent", "spoils",
]:
    parser.add_argument("--" + flag, action="store_true")
parser.add_argument("--version", type=int, default=3)
parser.add_argument("--rename-dies", default="")
parser.add_argument("--mark", default="")
parser.add_argument("--short-reads", type=int, default=1 << 20)
parser.add_argument("--refuse-write", type=int, default=-1)
parser.add_argument("--garbage-after", type=int, default=-1)
parser.add_argument("--refuse-rename", default="")
parser.add_argument("--fsync", default="")
parser.add_argument("--sync-waits", default="")
parser.add_argument("--refuse-sync", default="")
parser.add_argument("--free-blocks", type=int, default=-1)
options = parser.parse_args()

OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
handles = {}
numbers = iter(range(1 << 30))


class Fields:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, size=4):
        self.at += size
        return int.from_bytes(self.data[self.at - size:self.at], "big")

    def string(self):
        length = self.number()
        self.at += length
        return self.data[self.at - length:self.at]


def string(data):
    return struct.pack(">I", len(data)) + data


def status(code):
    return 101, struct.pack(">I", code) + string(b"") + string(b"")


def attributes(found):
    return struct.pack(">IQII", 5, found.st_size, found.st_mode, 0)[:16]


def code(error):
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return NO_SUCH_FILE
    return PERMISSION_DENIED if isinstance(error, PermissionError) else FAILURE


def is_first():
    if not options.mark or os.path.exists(options.mark):
        return False
    open(options.mark, "w").close()
    return True


def rename(old, new):
    if options.refuse_rename and os.path.exists(options.refuse_rename):
        return status(PERMISSION_DENIED)
    dies = options.rename_dies if options.rename_dies and is_first() else ""
    if dies == "before":
        os._exit(1)
    if not options.renames_nothing:
        if options.overwrite:
            os.rename(old, new)
        else:
            os.link(old, new)
            os.unlink(old)
    if dies == "after":
        os._exit(1)
    return status(OK)


def answer(kind, fields):
    if kind == 3:
        path, flags = fields.string(), fields.number()
        mode = os.O_RDONLY
        if flags & 2:
            mode = os.O_RDWR if flags & 1 else os.O_WRONLY
        mode |= (os.O_CREAT if flags & 8 else 0) | (os.O_TRUNC if flags & 16 else 0) | (os.O_EXCL if flags & 32 else 0)
        handle = b"%d" % next(numbers)
        handles[handle] = os.open(path, mode, 0o644)
        return 102, string(handle)
    if kind == 4:
        handle = handles.pop(fields.string())
        if isinstance(handle, int):
            os.close(handle)
        return status(OK)
    if kind == 5:
        handle, offset, length = handles[fields.string()], fields.number(8), fields.number()
        data = os.pread(handle, min(length, options.short_reads), offset)
        if options.endless_reads:
            data = data or b"x" * length
        return (103, string(data)) if data else status(EOF)
    if kind == 6:
        handle, offset, data = handles[fields.string()], fields.number(8), fields.string()
        if offset == options.refuse_write:
            return status(FAILURE)
        if options.spoils and is_first():
            data = b"?" + data[1:]
        os.pwrite(handle, data, offset)
        return status(OK)
    if kind in (7, 17):
        path = fields.string()
        return 105, attributes(os.lstat(path) if kind == 7 else os.stat(path))
    if kind == 8:
        return 105, attributes(os.fstat(handles[fields.string()]))
    if kind == 10:
        return status(OK)
    if kind == 11:
        path = fields.string()
        if options.refuse_list:
            return status(PERMISSION_DENIED)
        handle = b"%d" % next(numbers)
        handles[handle] = [(name, os.lstat(os.path.join(path, name))) for name in os.listdir(path)]
        return 102, string(handle)
    if kind == 12:
        entries = handles[fields.string()]
        if not entries:
            return status(EOF)
        some, entries[:] = entries[:50], entries[50:]
        text = b"".join(string(name) + string(b"") + attributes(found) for name, found in some)
        return 104, struct.pack(">I", len(some)) + text
    if kind == 13:
        if options.refuse_remove:
            return status(PERMISSION_DENIED)
        os.unlink(fields.string())
        return status(OK)
    if kind == 14:
        os.mkdir(fields.string())
        return status(OK)
    if kind == 18:
        return rename(fields.string(), fields.string())
    if kind == 200:
        name = fields.string()
        if name == b"fsync@openssh.com" and options.fsync:
            handle = handles[fields.string()]
            if options.refuse_sync and os.path.exists(options.refuse_sync):
                return status(FAILURE)
            while options.sync_waits and os.path.exists(options.sync_waits):
                time.sleep(0.002)
            os.fsync(handle)
            with open(options.fsync, "a") as noted:
                noted.write(os.readlink("/proc/self/fd/%d" % handle) + "\n")
            return status(OK)
        if name == b"statvfs@openssh.com" and options.free_blocks >= 0:
            some = options.free_blocks
            return 201, struct.pack(">11Q", 4096, 4096, some, some, some, 1000, 1000, 1000, 0, 0, 255)
    return status(UNSUPPORTED)


def read(count):
    data = b""
    while len(data) < count:
        more = os.read(0, count - len(data))
        if not more:
            sys.exit(0)
        data += more
    return data


def send(kind, body):
    packet = struct.pack(">IB", len(body) + 1, kind) + body
    while packet:
        packet = packet[os.write(1, packet):]


sent, waiting = 0, []
while True:
    (length,) = struct.unpack(">I", read(4))
    packet = read(length)
    if options.silent:
        continue
    if packet[0] == 1:
        names = [] if options.no_extensions else [b"nothing@example.org"]
        names += [b"fsync@openssh.com"] if options.fsync else []
        names += [b"statvfs@openssh.com"] if options.free_blocks >= 0 else []
        send(2, struct.pack(">I", options.version) + b"".join(string(name) + string(b"1") for name in names))
        continue
    identifier = packet[1:5]
    try:
        kind, body = answer(packet[0], Fields(packet[5:]))
    except OSError as error:
        kind, body = status(code(error))
    waiting.append((kind, identifier + body))
    # A write is one of many; what comes alone is answered at once.
    if options.backwards and packet[0] in (5, 6) and len(waiting) < 5:
        continue
    for kind, body in reversed(waiting):
        if sent == options.garbage_after:
            os.write(1, b"\xff" * 64)
        send(kind, body)
        sent += 1
    waiting = []
