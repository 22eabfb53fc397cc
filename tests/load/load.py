#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scrim under load, with figures.

    load.py sessions N     N sessions of one workspace at once, each with a small
                           build and git; nothing mixes, all memory comes back
    load.py soak N         N operations of all kinds in one mount, with snapshots,
                           apply and discard; memory and descriptors come back
    load.py changes N      N changes made, reviewed, applied and taken back
    load.py attack N       N names of 255 bytes, deep trees, hard links, sparse
                           files, in one session; another is not slowed down,
                           nor by a fork bomb in a run with --pids

SCRIM is the program. Exits 1 where something does not hold.
"""
import concurrent.futures
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from procs import has_ended  # noqa: E402

SCRIM = shutil.which(os.environ.get("SCRIM", "scrim"))
SCRIM = SCRIM and os.path.abspath(SCRIM)
# Where nobody says otherwise, the rules of this tree.
os.environ.setdefault("SCRIM_RULES", os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", "rules")))


def sh(*argv, cwd=None, ok=True):
    p = subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, errors="replace")
    if ok and p.returncode:
        raise SystemExit("%s: status %d: %s%s" % (" ".join(argv), p.returncode,
                                                  p.stdout, p.stderr))
    return p.stdout


def scrim(*argv, ok=True):
    return sh(SCRIM, *argv, ok=ok)


def must(what, held):
    if not held:
        raise SystemExit("does not hold: " + what)


class Mount:
    def __init__(self, ws, at, name, *options):
        self.at, self.name = at, name
        os.makedirs(at, exist_ok=True)
        scrim("mount", ws, at, "--name", name, *options)
        place = os.environ["XDG_STATE_HOME"] + "/scrim/sessions"
        for n in os.listdir(place):
            lock = os.path.join(place, n, "lock")
            if n[0] != "." and os.path.exists(lock):
                with open(lock) as f:
                    said = f.read().split("\n")
                # another one's may be on its way into the file
                if at in said[1:2]:
                    self.pid = int(said[0])

    def rss(self):
        """KiB of the daemon."""
        with open("/proc/%d/status" % self.pid) as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0

    def fds(self):
        """How many descriptors: only root may look, so 0 for anybody else."""
        if os.getuid():
            print("# descriptors are not counted: only root may")
            return 0
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def umount(self):
        scrim("umount", self.at)
        for _ in range(1200):
            if has_ended(self.pid):
                return
            time.sleep(0.05)
        raise SystemExit("the daemon of %s does not end" % self.name)


def forget():
    """Lets the kernel forget what it knows of views, where we may."""
    try:
        with open("/proc/sys/vm/drop_caches", "w") as f:
            f.write("2")
        time.sleep(1)
    except OSError:
        pass


# ---------- sessions ----------

def make_project(ws):
    os.makedirs(ws)
    for i in range(20):
        with open("%s/m%d.c" % (ws, i), "w") as f:
            f.write("int f%d(int x)\n{\n\treturn x + %d;\n}\n" % (i, i))
    with open(ws + "/build.sh", "w") as f:
        f.write("for i in *.c; do cp $i $i.o; wc $i >>log; done\n"
                "cat *.o >all\n")
    with open(ws + "/.env", "w") as f:
        f.write("API_TOKEN=FAKE-EXAMPLE-VALUE-1\n")
    with open(ws + "/.gitignore", "w") as f:
        f.write(".env\n")
    for argv in (["init", "-q"], ["add", "."],
                 ["commit", "-q", "-m", "begin"]):
        sh("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *argv,
           cwd=ws)


def one_agent(top, i):
    m = Mount(top + "/ws", "%s/v%d" % (top, i), "s%d" % i)
    sh("sh", "build.sh", cwd=m.at)
    with open(m.at + "/m0.c", "a") as f:
        f.write("/* by %d */\n" % i)
    sh("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit",
       "-q", "-a", "-m", "by %d" % i, cwd=m.at)
    must("status of a view is clean of tracked files",
         " M " not in sh("git", "status", "--short", cwd=m.at))
    with open(m.at + "/m0.c") as f:
        must("session %d sees its own change alone" % i,
             f.read().count("/* by ") == 1)
    must("the secret is not seen", not os.path.exists(m.at + "/.env") or
         "FAKE-EXAMPLE" not in open(m.at + "/.env").read())
    return m


def sessions(top, n):
    make_project(top + "/ws")
    begin = time.time()
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        all_of_them = list(pool.map(lambda i: one_agent(top, i), range(n)))
        took = time.time() - begin
        rss = sum(m.rss() for m in all_of_them)
        fds = max(m.fds() for m in all_of_them)
        list(pool.map(Mount.umount, all_of_them))
    names = scrim("list", "--names").split()
    must("all sessions are there", len(names) == n)
    must("the workspace is as it was", sh("git", "status", "--short",
                                          cwd=top + "/ws") == "")
    for name in names:
        scrim("doctor", name)
    print("sessions: %d at once, each a build and a commit, in %.1f s; "
          "daemons %.1f MiB each, at most %d descriptors; nothing mixed" %
          (n, took, rss / 1024 / n, fds))


# ---------- soak ----------

def step(r, at, files):
    """One operation of an agent that has these files."""
    what, name = r.randrange(12), "%s/x%d" % (at, r.randrange(500))
    if what < 4:
        with open(name, "w") as f:
            f.write("text\n" * r.randrange(200))
        files.add(name)
    elif what == 4 and files:
        old = r.choice(sorted(files))
        os.rename(old, name)
        files.discard(old)
        files.add(name)
    elif what == 5 and files:
        old = r.choice(sorted(files))
        os.unlink(old)
        files.discard(old)
    elif what == 6:
        os.listdir(at)
    elif what == 7 and files:
        with open(r.choice(sorted(files))) as f:
            f.read()
    elif what == 8 and files:
        os.chmod(r.choice(sorted(files)), r.choice((0o644, 0o600, 0o755)))
    elif what == 9:
        os.makedirs(name + ".d", exist_ok=True)
        os.rmdir(name + ".d")
    elif what == 10:
        os.stat("%s/w%d" % (at, r.randrange(200)))
    elif files:
        with open(r.choice(sorted(files)), "a") as f:
            f.write("more\n")


def soak(top, n):
    r = random.Random(int(os.environ.get("SOAK_SEED", "1")))
    os.makedirs(top + "/ws")
    for i in range(200):
        with open("%s/ws/w%d" % (top, i), "w") as f:
            f.write("of the user\n")
    m = Mount(top + "/ws", top + "/v", "s", "--git", "none")
    begin, done, first = time.time(), 0, None
    cycles = 10
    for cycle in range(cycles):
        files = set()
        for _ in range(n // cycles):
            step(r, m.at, files)
            done += 1
        scrim("snapshot", "-s", "s", "--auto", "--keep", "3")
        if cycle % 3 == 1:
            scrim("apply", "-y", "-s", "s")
        for name in list(files):
            os.unlink(name)
        scrim("discard", "-y", "-s", "s", ok=False)
        forget()
        now = (m.rss(), m.fds())
        first = first or now
    took = time.time() - begin
    # what the kernel forgets comes when it comes
    for _ in range(200):
        if now[1] <= first[1] + 16 and now[0] <= first[0] * 1.5 + 8192:
            break
        time.sleep(0.1)
        now = (m.rss(), m.fds())
    must("descriptors come back (%d, then %d)" % (first[1], now[1]),
         now[1] <= first[1] + 16)
    must("memory comes back (%d KiB, then %d)" % (first[0], now[0]),
         now[0] <= first[0] * 1.5 + 8192)
    m.umount()
    scrim("doctor", "s")
    print("soak: %d operations in %.0f s; daemon %d KiB after a tenth, %d at "
          "the end; descriptors %d and %d" %
          (done, took, first[0], now[0], first[1], now[1]))


# ---------- changes ----------

def timed(*argv):
    begin = time.time()
    out = scrim(*argv)
    return time.time() - begin, out


def changes(top, n):
    os.makedirs(top + "/ws")
    m = Mount(top + "/ws", top + "/v", "s", "--git", "none")
    for i in range(n):
        if i % 1000 == 0:
            os.makedirs("%s/d%d" % (m.at, i // 1000))
        with open("%s/d%d/f%d" % (m.at, i // 1000, i), "w") as f:
            f.write("%d\n" % i)
    rss = m.rss()
    m.umount()
    status, _ = timed("status", "-s", "s")
    stat, _ = timed("diff", "--stat", "-s", "s")
    apply_, _ = timed("apply", "-y", "-s", "s")
    count = sum(len(f) for _, _, f in os.walk(top + "/ws"))
    must("all was applied (%d of %d)" % (count, n), count == n)
    with open("%s/ws/d%d/f%d" % (top, (n - 1) // 1000, n - 1)) as f:
        must("the content too", f.read() == "%d\n" % (n - 1))
    undo, _ = timed("undo", "-y", "-s", "s")
    must("undo took all back", sum(len(f) for _, _, f in
                                   os.walk(top + "/ws")) == 0)
    scrim("doctor", "s")
    print("changes: %d; status %.1f s, diff --stat %.1f s, apply %.1f s, undo "
          "%.1f s; daemon %.0f MiB" %
          (n, status, stat, apply_, undo, rss / 1024))


# ---------- attack ----------

def latency(at, n):
    """Median milliseconds of making, reading and removing a file."""
    took = []
    for i in range(n):
        begin = time.perf_counter()
        with open("%s/l%d" % (at, i), "w") as f:
            f.write("x")
        with open("%s/l%d" % (at, i)) as f:
            f.read()
        os.unlink("%s/l%d" % (at, i))
        took.append(time.perf_counter() - begin)
    return 1000 * sorted(took)[n // 2]


def expect_error(fn, *argv):
    try:
        fn(*argv)
    except OSError as e:
        return e.errno
    return 0


def attack_names(m, n):
    made = 0
    for i in range(n):
        name = ("%s/%d-" % (m.at, i))
        try:
            os.close(os.open(name + "x" * (255 - len(os.path.basename(name))),
                             os.O_CREAT | os.O_WRONLY, 0o600))
            made += 1
        except OSError:
            return made
    return made


def attack_deep(m, levels):
    fd = os.open(m.at, os.O_RDONLY)
    depth = 0
    try:
        for _ in range(levels):
            os.mkdir("d" * 100, dir_fd=fd)
            new = os.open("d" * 100, os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = new
            depth += 1
    except OSError:
        pass
    os.close(fd)
    return depth


def attack_links(m, n):
    path = m.at + "/link"
    with open(path, "w") as f:
        f.write("x")
    os.makedirs(m.at + "/links", exist_ok=True)
    for i in range(n):
        if expect_error(os.link, path, "%s/links/%d" % (m.at, i)):
            return i
    return n


def attack_sparse(m):
    path = m.at + "/sparse"
    with open(path, "wb") as f:
        f.truncate(1 << 40)
        f.seek((1 << 40) - 10)
        f.write(b"end")
    used = os.stat(path).st_blocks * 512
    with open(path, "rb") as f:
        f.seek((1 << 40) - 10)
        must("the end of a sparse file", f.read(3) == b"end")
    return used


PIDS = 100
BOMB = "$e = time + 4; while (time < $e) { fork }"


def bomber(top):
    """Arguments of Popen for a run that --pids can bound: not root's."""
    home = top + "/bomb"
    os.makedirs(home + "/ws")
    env = dict(os.environ, HOME=home, XDG_STATE_HOME=home + "/state",
               XDG_CACHE_HOME=home + "/cache", XDG_CONFIG_HOME=home)
    env.pop("XDG_RUNTIME_DIR", None)
    argv = [SCRIM]
    if os.getuid() == 0:
        # it may have no way to where scrim was built
        for name in "scrim", "scrim-init":
            shutil.copy(os.path.join(os.path.dirname(SCRIM), name), home)
        if os.environ.get("SCRIM_RULES"):
            shutil.copytree(os.environ["SCRIM_RULES"], home + "/rules")
            env["SCRIM_RULES"] = home + "/rules"
        sh("chown", "-R", "daemon", home)
        os.chmod(top, 0o711)
        argv = ["setpriv", "--reuid=daemon", "--regid=daemon",
                "--clear-groups", home + "/scrim"]
    argv += ["run", "-q", "--pids", str(PIDS), "-w", home + "/ws", "--",
             "perl", "-e", BOMB]
    return {"args": argv, "env": env, "cwd": home, "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}


def bombs():
    """How many processes of the bomb there are."""
    n = 0
    for pid in os.listdir("/proc"):
        try:
            with open("/proc/%s/cmdline" % pid) as f:
                n += pid.isdigit() and f.read().startswith("perl\0-e\0" + BOMB)
        except OSError:
            pass
    return n


def attack_forks(top, quiet):
    """At most how many processes there were, and the latency meanwhile."""
    if not (shutil.which("perl") and shutil.which("bwrap")):
        if os.environ.get("CI"):
            raise SystemExit("no perl or no bwrap")
        return 0, 0
    with subprocess.Popen(**bomber(top)) as p:
        most, took = 0, []
        while p.poll() is None:
            most = max(most, bombs())
            took.append(latency(quiet.at, 10))
        said = p.stderr.read().decode(errors="replace")
    must("the fork bomb runs (status %d: %s)" % (p.returncode, said), most > 2)
    must("--pids bounds it (%d of %d)" % (most, PIDS), most <= PIDS)
    must("it ends with run (%d)" % bombs(), bombs() == 0)
    return most, sorted(took)[len(took) // 2]


def attack(top, n):
    os.makedirs(top + "/ws")
    quiet = Mount(top + "/ws", top + "/q", "quiet", "--git", "none")
    bad = Mount(top + "/ws", top + "/b", "bad", "--git", "none",
                "--max-files", str(n), "--max-size", "1G")
    before = latency(quiet.at, 200)
    began = bad.rss()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        names = pool.submit(attack_names, bad, 2 * n)
        during = latency(quiet.at, 200)
        names = names.result()
    rss = bad.rss()
    must("--max-files stops it (%d of %d)" % (names, n), names <= n)
    must("memory is bounded (%d KiB for %d names)" % (rss - began, names),
         rss - began < 4 * names + 65536)
    must("another session is not slowed beyond 10 times (%.2f, then %.2f ms)" %
         (before, during), during < 10 * before + 5)
    forks, meanwhile = attack_forks(top, quiet)
    must("a fork bomb does not slow it beyond 20 times (%.2f, then %.2f ms)" %
         (before, meanwhile), meanwhile < 20 * before + 20)
    shutil.rmtree(bad.at, ignore_errors=True)
    bad.umount()
    scrim("discard", "-y", "--forget", "-s", "bad", ok=False)
    bad = Mount(top + "/ws", top + "/b", "bad", "--git", "none")
    depth = attack_deep(bad, 300)
    links = attack_links(bad, 70000 if n > 70000 else n // 4)
    used = attack_sparse(bad)
    must("a sparse file takes no room (%d)" % used, used < 1 << 20)
    scrim("status", "-s", "bad")
    fds = bad.fds()
    must("descriptors are bounded (%d)" % fds, fds < 1200)
    bad.umount()
    quiet.umount()
    scrim("doctor", "bad")
    scrim("discard", "-y", "--forget", "-s", "bad")
    print("attack: %d names of 255 bytes (limit %d), %d KiB for them; %d levels; "
          "%d links; a terabyte in %d KiB; another session %.2f ms an operation "
          "before, %.2f meanwhile; %d processes of a fork bomb, %.2f ms" %
          (names, n, rss, depth, links, used // 1024, before, during, forks,
           meanwhile))


def main():
    kinds = {"sessions": sessions, "soak": soak, "changes": changes,
             "attack": attack}
    if len(sys.argv) != 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    if not SCRIM:
        sys.exit("no scrim; SCRIM in the environment names it")
    top = os.path.realpath(tempfile.mkdtemp(prefix="scrim-load-",
                                            dir=os.environ.get("LOAD_DIR")))
    os.environ.update(HOME=top, XDG_STATE_HOME=top + "/state",
                      XDG_CACHE_HOME=top + "/cache",
                      XDG_CONFIG_HOME=top + "/config")
    try:
        kinds[sys.argv[1]](top, int(sys.argv[2]))
        sys.stdout.flush()
    finally:
        with open("/proc/self/mounts") as f:
            for line in f:
                at = line.split()[1]
                if at.startswith(top + "/"):
                    subprocess.run(["fusermount3", "-uz", at], check=False,
                                   stderr=subprocess.DEVNULL)
                    subprocess.run(["umount", "-l", at], check=False,
                                   stderr=subprocess.DEVNULL)
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
