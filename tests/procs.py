# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests in Python ask of processes that are not their children."""


def has_ended(pid):
    """Also one that nobody waits for, as where process 1 is not an init."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True
