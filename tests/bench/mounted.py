# SPDX-License-Identifier: GPL-2.0-or-later
"""A mounted view for a test, and its daemon as /proc shows it."""

import os
import subprocess
import time


# Where nobody says otherwise, the rules of this tree.
os.environ.setdefault("SCRIM_RULES", os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", "rules")))


def pids():
    return {int(p) for p in os.listdir("/proc") if p.isdigit()}


class Mounted:
    """with Mounted(workspace, dir) as m: m.view, m.pid, m.seconds"""

    def __init__(self, workspace, directory, *options):
        self.scrim = os.path.abspath(os.environ.get("SCRIM", "./scrim"))
        self.workspace = workspace
        self.view = os.path.join(directory, "view")
        self.state = os.path.join(directory, "state")
        self.options = options
        self.pid = None

    def __enter__(self):
        os.makedirs(self.view, exist_ok=True)
        before = pids()
        start = time.perf_counter()
        subprocess.run([self.scrim, "mount", self.workspace, self.view,
                        "--state-dir", self.state, *self.options], check=True,
                       stdout=subprocess.DEVNULL)
        self.seconds = time.perf_counter() - start
        self.pid = self.daemon(pids() - before)
        return self

    def daemon(self, new):
        """Of what runs for this view that which has most threads, or None."""
        threads = {}
        for p in new:
            try:
                with open("/proc/%d/cmdline" % p) as f:
                    if self.view in f.read().split("\0"):
                        threads[p] = len(os.listdir("/proc/%d/task" % p))
            except OSError:
                pass
        return max(threads, key=threads.get, default=None)

    def __exit__(self, *exc):
        subprocess.run([self.scrim, "umount", self.view, "--state-dir",
                        self.state], check=True, stdout=subprocess.DEVNULL)

    def memory(self):
        """Bytes of the daemon that are its own."""
        with open("/proc/%d/smaps_rollup" % self.pid) as f:
            for line in f:
                if line.startswith("Pss_Anon:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("no Pss_Anon in smaps_rollup")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def wakeups(self):
        """How often the daemon's threads gave up a CPU so far."""
        total = 0
        for t in os.listdir("/proc/%d/task" % self.pid):
            with open("/proc/%d/task/%s/status" % (self.pid, t)) as f:
                for line in f:
                    if "ctxt_switches" in line:
                        total += int(line.split()[1])
        return total
