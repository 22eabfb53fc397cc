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

    def missing(self):
        """Why it cannot be measured here, or None."""
        return None

    def mount(self):
        self.umount()
        self.clear()
        os.makedirs(self.path)
        self.do_mount()
        self.mounted = True

    def remount(self):
        """A fresh mount that keeps what was written."""
        self.umount()
        self.do_mount()
        self.mounted = True

    def umount(self):
        if self.mounted:
            self.do_umount()
        self.mounted = False

    def clear(self):
        if os.path.isdir(self.dir):
            run(["rm", "-rf", "--one-file-system", self.dir])

    def sub(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(path, exist_ok=True)
        return path


class Native(View):
    """A copy of the tree, put right again by every mount()."""
    name = "native"

    def mount(self):
        os.makedirs(self.path, exist_ok=True)
        run(["rsync", "-a", "--delete", self.tree + "/", self.path])
        run(["git", "-C", self.path, "update-index", "-q", "--really-refresh"])

    def remount(self):
        pass


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
        return None

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
        if not self.options.masks:
            argv += ["--rules", "none"]
        run(argv)

    def do_umount(self):
        run([self.options.scrim, "umount", self.path])


VIEWS = (Native, Overlayfs, FuseOverlayfs, Scrim)
