/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/opt.h"
#include "session/session.h"
#include "util/io.h"

#define FILES_WANTED 4096
#define WATCHES_WANTED 65536

void doctor_openat2(struct finding *f)
{
	int fd = -1, ret;

	ret = io_open_beneath(AT_FDCWD, "", O_PATH | O_DIRECTORY, 0, &fd);
	io_close(&fd);
	if (ret == -ENOSYS || ret == -EPERM)
		doctor_say(f, DOCTOR_MISSING, "openat2(2): %s; it needs Linux "
			   "5.6 or newer and a sandbox that lets it through",
			   strerror(-ret));
	else
		doctor_say(f, DOCTOR_OK, "the kernel has it");
}

void doctor_bubblewrap(struct finding *f)
{
	char path[256];

	if (doctor_find_program("bwrap", path, sizeof(path))) {
		doctor_say(f, DOCTOR_OK, "%s", path);
		return;
	}
	doctor_say(f, DOCTOR_MISSING, "bwrap is not in PATH; scrim run needs "
		   "it, scrim mount does not");
	doctor_fix_package(f, "bubblewrap");
}

/* 1 where the program, run silently, ends with status 0. */
static int runs(const char *const *argv)
{
	pid_t pid = fork();
	int status = -1, null;

	if (pid < 0)
		return 0;
	if (!pid) {
		null = open("/dev/null", O_RDWR);
		if (null >= 0) {
			dup2(null, 0);
			dup2(null, 1);
			dup2(null, 2);
		}
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void doctor_user_namespaces(struct finding *f)
{
	static const struct {
		const char *file, *bad, *fix;
	} reasons[] = {
		{ "/proc/sys/kernel/unprivileged_userns_clone", "0",
		  "sysctl -w kernel.unprivileged_userns_clone=1" },
		{ "/proc/sys/user/max_user_namespaces", "0",
		  "sysctl -w user.max_user_namespaces=15000" },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
		  "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" },
	};
	static const char *const bwrap[] = {
		"bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/",
		"/", "true", NULL
	};
	static const char *const unshare[] = {
		"unshare", "--user", "--map-root-user", "--mount", "true", NULL
	};
	char path[256], text[32];

	if (runs(doctor_find_program("bwrap", path, sizeof(path)) ?
		 bwrap : unshare)) {
		doctor_say(f, DOCTOR_OK, "can be made");
		return;
	}
	doctor_say(f, DOCTOR_MISSING, "cannot be made; scrim run needs them, "
		   "scrim mount does not");
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!doctor_read(reasons[i].file, text, sizeof(text)) ||
		    strcmp(text, reasons[i].bad))
			continue;
		doctor_say(f, DOCTOR_MISSING, "forbidden by %s = %s; scrim run "
			   "needs them, scrim mount does not", reasons[i].file,
			   text);
		doctor_fix(f, "%s", reasons[i].fix);
		return;
	}
}

void doctor_landlock(struct finding *f)
{
	/* landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) */
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1U);

	if (abi > 0) {
		doctor_say(f, DOCTOR_OK, "ABI %ld", abi);
		return;
	}
	doctor_say(f, DOCTOR_WEAK, "%s: the daemon cannot lock itself out of "
		   "what it need not touch; add landlock to lsm= on the kernel's"
		   " command line", strerror(errno));
}

void doctor_open_files(struct finding *f)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r)) {
		doctor_say(f, DOCTOR_WEAK, "%s", strerror(errno));
		return;
	}
	if (r.rlim_max >= FILES_WANTED) {
		doctor_say(f, DOCTOR_OK, "at most %llu open files",
			   (unsigned long long)r.rlim_max);
		return;
	}
	doctor_say(f, DOCTOR_SLOW, "at most %llu open files; %d are enough for "
		   "full speed", (unsigned long long)r.rlim_max, FILES_WANTED);
	doctor_fix(f, "ulimit -n %d", FILES_WANTED);
}

void doctor_inotify(struct finding *f)
{
	char text[32];
	long n = 0;

	if (doctor_read("/proc/sys/fs/inotify/max_user_watches", text,
			sizeof(text)))
		n = strtol(text, NULL, 10);
	if (n >= WATCHES_WANTED) {
		doctor_say(f, DOCTOR_OK, "%ld watches", n);
		return;
	}
	doctor_say(f, DOCTOR_SLOW, "%ld watches; a directory without one is "
		   "asked for changes each second", n);
	doctor_fix(f, "sysctl -w fs.inotify.max_user_watches=524288");
}

/* ========== the state directory ========== */

/* Opens the directory, or the nearest above it that exists. */
static int open_nearest(char *path)
{
	char *slash;
	int fd;

	while ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 &&
	       errno == ENOENT && (slash = strrchr(path, '/')) && slash != path)
		*slash = '\0';
	return fd;
}

/* 0, or the errno of cloning between two files without a name. */
static int try_reflink(int dir)
{
	int a = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int b = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int ret = a < 0 || b < 0 ? errno : 0;

	if (!ret && io_write_full(a, "x", 1))
		ret = EIO;
	if (!ret && ioctl(b, FICLONE, a))
		ret = errno;
	io_close(&a);
	io_close(&b);
	return ret;
}

static const char *fs_name(long type)
{
	static const struct {
		long type;
		const char *name;
	} names[] = {
		{ 0xef53, "ext4" },	    { 0x58465342, "xfs" },
		{ 0x9123683e, "btrfs" },    { 0x01021994, "tmpfs" },
		{ 0x6969, "nfs" },	    { 0x794c7630, "overlayfs" },
		{ 0xf2f52010, "f2fs" },	    { 0x2fc12fc1, "zfs" },
		{ 0x65735546, "fuse" },	    { 0xca451a4e, "bcachefs" },
		{ 0xff534d42, "cifs" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "its file system";
}

static void judge_place(struct finding *f, const char *path, int fd)
{
	struct statfs st;
	const char *name;
	int e;

	if (fstatfs(fd, &st)) {
		doctor_say(f, DOCTOR_MISSING, "%s: %s", path, strerror(errno));
		return;
	}
	name = fs_name((long)st.f_type);
	e = try_reflink(fd);
	if (e == EACCES || e == EPERM || e == EROFS || e == ENOSPC) {
		doctor_say(f, DOCTOR_MISSING, "%s cannot be written: %s", path,
			   strerror(e));
		doctor_fix(f, "use --state-dir, or set XDG_STATE_HOME");
	} else if (!strcmp(name, "tmpfs")) {
		doctor_say(f, DOCTOR_WEAK, "%s is on tmpfs: sessions are lost "
			   "at a restart", path);
	} else if (e) {
		doctor_say(f, DOCTOR_SLOW, "%s: %s cannot share blocks between "
			   "files, so large files are copied; btrfs and XFS can",
			   path, name);
	} else {
		doctor_say(f, DOCTOR_OK, "%s: %s, files share blocks", path,
			   name);
	}
}

void doctor_state_dir(struct finding *f)
{
	struct err err = ERR_INIT;
	char *path = NULL;
	int fd;

	if (session_state_dir(opt_common.state_dir, &path, &err)) {
		doctor_say(f, DOCTOR_MISSING, "%s", err.msg);
		return;
	}
	fd = open_nearest(path);
	if (fd < 0)
		doctor_say(f, DOCTOR_MISSING, "%s: %s", path, strerror(errno));
	else
		judge_place(f, path, fd);
	io_close(&fd);
	free(path);
}
