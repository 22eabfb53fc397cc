# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts the requests that the kernel sends to one FUSE mount, by its own
tracepoint, so that nothing depends on what the daemon says of itself."""

import os
import re

TRACEFS = "/sys/kernel/tracing"
EVENT = "events/fuse/fuse_request_send"


def missing():
    """Why requests cannot be counted here, or None."""
    if os.getuid() != 0:
        return "tracing needs root"
    if not os.path.isdir(os.path.join(TRACEFS, "instances")):
        return "tracefs is not mounted at " + TRACEFS
    if not os.path.isdir(os.path.join(TRACEFS, EVENT)):
        return "this kernel has no tracepoint fuse_request_send"
    return None


class Trace:
    """with Trace(mountpoint) as t: ...; then t.counts is {"READ": 3, ...}"""

    def __init__(self, path):
        self.dev = os.minor(os.stat(path).st_dev)
        self.dir = os.path.join(TRACEFS, "instances",
                                "scrim-test-%d" % os.getpid())
        self.counts = {}

    def put(self, name, value):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(value)

    def __enter__(self):
        os.mkdir(self.dir)
        try:
            self.put("buffer_size_kb", "16384")
            self.put(EVENT + "/filter", "connection == %d" % self.dev)
            self.put(EVENT + "/enable", "1")
        except OSError:
            os.rmdir(self.dir)
            raise
        return self

    def __exit__(self, *exc):
        self.put(EVENT + "/enable", "0")
        with open(os.path.join(self.dir, "trace")) as f:
            for name in re.findall(r"opcode \d+ \(FUSE_(\w+)\)", f.read()):
                self.counts[name] = self.counts.get(name, 0) + 1
        os.rmdir(self.dir)
