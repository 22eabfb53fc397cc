# SPDX-License-Identifier: GPL-2.0-or-later
"""The file systems that are compared: each shows the tree and takes writes.

mount() makes a fresh one with nothing written, umount() ends it. path is where
the works run.
"""

import os
import shutil
import subprocess
import time

from trees import run


class View:
    name = "?"

    def __init__(self, tree, scratch, options):
        self.tree = tree
        self.dir = os.path.join(scratch, self.name)
        self.path = os.path.join(self.dir, "mnt")
        self.options = options
        self.mounted = False
        self.kind = "new"

    def missing(self):
        """Why it cannot be measured here, or None."""
        return None

    def mount(self, kind="new"):
        """The seconds it took. kind: with all rules on, "cold" or "warm"."""
        self.umount()
        self.clear()
        os.makedirs(self.path)
        self.kind = kind
        start = time.perf_counter()
        self.do_mount()
        spent = time.perf_counter() - start
        self.mounted = True
        return spent

    def warm_up(self, works):
        """Lets what is cached beyond a mount be there, for "warm"."""

    def umount(self):
        if self.mounted:
            self.do_umount()
        self.mounted = False

    def clear(self):
        if os.path.isdir(self.dir):
            run(["rm", "-rf", "--one-file-system", self.dir])

    def end(self):
        self.umount()
        self.clear()

    def sub(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(path, exist_ok=True)
        return path


class Native(View):
    """A copy of the tree, put right again by every mount()."""
    name = "native"

    def mount(self, kind="new"):
        os.makedirs(self.path, exist_ok=True)
        run(["rsync", "-a", "--delete", self.tree + "/", self.path])
        run(["git", "-C", self.path, "update-index", "-q", "--really-refresh"])
        return None


class Overlayfs(View):
    name = "overlayfs"

    def missing(self):
        if os.getuid() != 0:
            return "mounting the kernel's overlayfs needs root"
        with open("/proc/filesystems") as f:
            known = "overlay" in f.read().split()
        if not known and subprocess.run(["modprobe", "overlay"],
                                        stderr=subprocess.DEVNULL).returncode:
            return "this kernel has no overlayfs"
        return self.refused()

    def refused(self):
        """Some directories can be no upper one: a container's own, for one."""
        try:
            self.mount()
        except subprocess.CalledProcessError:
            return "it cannot be mounted below %s" % self.dir
        finally:
            self.umount()
            self.clear()
        return None

    def spec(self):
        return "lowerdir=%s,upperdir=%s,workdir=%s" % (
            self.tree, self.sub("upper"), self.sub("work"))

    def do_mount(self):
        run(["mount", "-t", "overlay", "overlay", "-o", self.spec(),
             self.path])

    def do_umount(self):
        for _ in range(50):
            if subprocess.run(["umount", self.path],
                              stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        run(["umount", "-l", self.path])


class FuseOverlayfs(Overlayfs):
    name = "fuse-overlayfs"

    def missing(self):
        if not shutil.which("fuse-overlayfs"):
            return "fuse-overlayfs is not installed"
        return self.refused()

    def do_mount(self):
        run(["fuse-overlayfs", "-o", self.spec(), self.path],
            stderr=subprocess.DEVNULL)

    def do_umount(self):
        run(["fusermount3", "-u", self.path])


class Scrim(View):
    name = "scrim"

    def missing(self):
        if not os.access(self.options.scrim, os.X_OK):
            return "no program at %s" % self.options.scrim
        return None

    def command(self, *args):
        return [self.options.scrim, *args, "--state-dir", self.sub("state")]

    def do_mount(self):
        argv = self.command("mount", self.tree, self.path)
        argv += self.options.mount_option
        if self.options.no_uring:
            argv.append("--no-uring")
        if self.kind == "new":
            argv += ["--rules", "none"]
        # What one mount leaves for the next; with "cold" no verdict on content.
        cache = self.dir + ".cache"
        kept = os.path.join(cache, "scrim")
        if self.kind == "cold" and os.path.isdir(kept):
            for name in set(os.listdir(kept)) - {"git"}:
                run(["rm", "-rf", os.path.join(kept, name)])
        run(argv, env=dict(os.environ, XDG_CACHE_HOME=cache),
            stderr=subprocess.DEVNULL)

    def warm_up(self, works):
        for w in works:
            w(self)
        self.mount(self.kind)

    def do_umount(self):
        run([self.options.scrim, "umount", self.path])

    def end(self):
        super().end()
        shutil.rmtree(self.dir + ".cache", ignore_errors=True)


VIEWS = (Native, Overlayfs, FuseOverlayfs, Scrim)
