/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/supervise.h"
#include "util/buf.h"
#include "util/io.h"

#define WITHOUT "; or show the view without a sandbox: scrim mount DIR MOUNTPOINT"

/* A setting of the kernel that forbids user namespaces, and what lifts it. */
static const struct {
	const char *file;
	long forbids;
	const char *advice;
} settings[] = {
	{ "/proc/sys/kernel/unprivileged_userns_clone", 0,
	  "sudo sysctl -w kernel.unprivileged_userns_clone=1" },
	{ "/proc/sys/user/max_user_namespaces", 0,
	  "sudo sysctl -w user.max_user_namespaces=10000" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
	  "install the AppArmor profile contrib/apparmor/bwrap, or: sudo sysctl "
	  "-w kernel.apparmor_restrict_unprivileged_userns=0" },
};

/* What bwrap says, and what it means. */
static const struct {
	const char *words;
	const char *advice;
} sayings[] = {
	{ "Unknown option", "bubblewrap 0.8 or newer is needed" },
	{ "Can't mount proc", "/proc is partly covered, as in a container: "
	  "start that with --security-opt unmask=ALL" },
	{ "Can't mkdir", "it cannot be made there: with --at, choose another "
	  "path, such as /workspace" },
	{ "setting up uid map", "user namespaces are forbidden here" },
	{ "reating new namespace", "user namespaces are forbidden here" },
	{ "No permissions to creat", "user namespaces are forbidden here" },
};

static int is_set(const char *file, long forbids)
{
	struct buf b = BUF_INIT;
	int yes;

	yes = !io_read_file(AT_FDCWD, file, 64, &b) && b.len &&
		strtol(b.ptr, NULL, 10) == forbids;
	buf_release(&b);
	return yes;
}

static const char *kernel_advice(void)
{
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (is_set(settings[i].file, settings[i].forbids))
			return settings[i].advice;
	return NULL;
}

static const char *saying(const char *said)
{
	size_t i;

	for (i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
		if (strstr(said, sayings[i].words))
			return sayings[i].advice;
	return NULL;
}

void supervise_explain(const char *said, struct err *err)
{
	const char *advice = kernel_advice();
	int len = (int)strcspn(said, "\n");

	if (!strncmp(said, "bwrap: No such file", 19)) {
		err_set(err, -ENOPKG, "bubblewrap is not installed; install "
			"the package bubblewrap" WITHOUT);
		return;
	}
	if (!advice)
		advice = saying(said);
	if (!len) {
		said = "it ended without a word";
		len = (int)strlen(said);
	}
	err_set(err, -EPERM, "no sandbox (%.*s)%s%s" WITHOUT, len, said,
		advice ? "; " : "", advice ? advice : "");
}

static void __attribute__((noreturn)) probe(int said)
{
	static const char *const argv[] = {
		"bwrap", "--unshare-user", "--ro-bind", "/", "/", "--",
		"/bin/sh", "-c", ":", NULL
	};

	dup2(said, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "bwrap: %s\n", strerror(errno));
	_exit(127);
}

int supervise_probe(struct err *err)
{
	int said = memfd_create("said", MFD_CLOEXEC), status = -1;
	struct buf text = BUF_INIT;
	pid_t pid = said < 0 ? -1 : fork();
	int ret = 0;

	if (!pid)
		probe(said);
	if (pid < 0)
		ret = err_errno(err, -errno, "sandbox");
	else
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	if (!ret && status) {
		if (!lseek(said, 0, SEEK_SET))
			io_read_all(said, 4096, &text);
		supervise_explain(text.ptr, err);
		ret = err->code;
	}
	io_close(&said);
	buf_release(&text);
	return ret;
}
