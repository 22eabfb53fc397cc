/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/limits.h"
#include "util/buf.h"
#include "util/io.h"

void limits_host(struct limits_host *h)
{
	static const char program[] = "/usr/bin/systemd-run";

	h->systemd_run = access(program, X_OK) ? NULL : program;
	h->cgroup = "/sys/fs/cgroup";
	h->runtime_dir = getenv("XDG_RUNTIME_DIR");
	h->booted = "/run/systemd/system";
	h->uid = getuid();
	h->patience = 10000;
}

static int has_controller(const char *list, const char *name)
{
	struct strlist words = STRLIST_INIT;
	int yes;

	yes = !strlist_split(&words, list, " \n") && strlist_has(&words, name);
	strlist_release(&words);
	return yes;
}

/* 1 where the controllers that l needs are named in the file. */
static int controllers_suffice(const struct limits *l, const char *file)
{
	struct buf b = BUF_INIT;
	int yes = 0;

	if (!io_read_file(AT_FDCWD, file, 4096, &b))
		yes = (!l->memory || has_controller(b.ptr, "memory")) &&
		      (!l->processes || has_controller(b.ptr, "pids")) &&
		      (!l->cpu_percent || has_controller(b.ptr, "cpu"));
	buf_release(&b);
	return yes;
}

static int systemd_can(const struct limits *l, const struct limits_host *h)
{
	struct buf b = BUF_INIT;
	int yes = 0;

	if (!h->systemd_run || access(h->booted, F_OK))
		return 0;
	if (h->uid) {
		if (!h->runtime_dir)
			goto out;
		buf_addf(&b, "%s/systemd/private", h->runtime_dir);
		if (buf_oom(&b) || access(b.ptr, F_OK))
			goto out;
		buf_clear(&b);
		buf_addf(&b, "%s/user.slice/user-%u.slice/user@%u.service/"
			 "cgroup.controllers", h->cgroup, (unsigned)h->uid,
			 (unsigned)h->uid);
	} else {
		buf_addf(&b, "%s/cgroup.controllers", h->cgroup);
	}
	yes = !buf_oom(&b) && controllers_suffice(l, b.ptr);
out:
	buf_release(&b);
	return yes;
}

static int spawn_quiet(char **argv, int hold, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int fd, r;

	posix_spawn_file_actions_init(&actions);
	for (fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_addopen(&actions, fd, "/dev/null",
						 O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, hold, 3);
	r = posix_spawn(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* 1 where the words get a command started, before the patience is at its end. */
static int works(const struct strlist *prefix, int patience)
{
	char **argv = calloc(prefix->n + 2, sizeof(*argv));
	struct pollfd ended = { -1, 0, 0 };
	int hold[2], status = -1;
	pid_t pid;

	if (!argv || pipe2(hold, O_CLOEXEC)) {
		free(argv);
		return 0;
	}
	memcpy(argv, prefix->at, prefix->n * sizeof(*argv));
	argv[prefix->n] = (char *)"true";
	if (!spawn_quiet(argv, hold[1], &pid)) {
		io_close(&hold[1]);
		ended.fd = hold[0];
		if (poll(&ended, 1, patience) != 1)
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	io_close(&hold[0]);
	io_close(&hold[1]);
	free(argv);
	return !status;
}

static int addf(struct strlist *l, const char *fmt, unsigned long long n)
{
	char word[64];

	/* fmt is one of this file's own, with one %llu */
	snprintf(word, sizeof(word), fmt, n);
	return strlist_add(l, word);
}

static int plan_systemd(const struct limits *l, const struct limits_host *h,
			struct strlist *prefix)
{
	int r = strlist_add(prefix, h->systemd_run);

	if (!r && h->uid)
		r = strlist_add(prefix, "--user");
	if (!r)
		r = strlist_split(prefix, "--scope --quiet --collect", " ");
	/* else systemd ends all of it as soon as the kernel ended a process */
	if (!r && l->memory)
		r = strlist_add(prefix, "--property=Delegate=yes");
	if (!r && l->memory)
		r = addf(prefix, "--property=MemoryMax=%llu", l->memory);
	if (!r && l->memory)
		r = strlist_add(prefix, "--property=MemorySwapMax=0");
	if (!r && l->processes)
		r = addf(prefix, "--property=TasksMax=%llu", l->processes);
	if (!r && l->cpu_percent)
		r = addf(prefix, "--property=CPUQuota=%llu%%", l->cpu_percent);
	if (!r)
		r = strlist_add(prefix, "--");
	return r;
}

static int plan_rlimits(const struct limits *l, struct strlist *init)
{
	int r = 0;

	if (l->memory)
		r = addf(init, "-m%llu", l->memory);
	if (!r && l->processes)
		r = addf(init, "-n%llu", l->processes);
	if (!r && l->cpu_percent)
		r = addf(init, "-c%llu", (l->cpu_percent + 99) / 100);
	return r;
}

static char *describe(const struct limits *l, int systemd)
{
	struct buf b = BUF_INIT;
	const char *sep = "";

	if (l->memory) {
		buf_addf(&b, "memory %llu MiB%s", l->memory >> 20,
			 systemd ? "" : " per process");
		sep = ", ";
	}
	if (l->processes) {
		buf_addf(&b, "%s%llu processes", sep, l->processes);
		sep = ", ";
	}
	if (l->cpu_percent && systemd)
		buf_addf(&b, "%s%u %% of a processor", sep, l->cpu_percent);
	else if (l->cpu_percent)
		buf_addf(&b, "%s%u processors", sep,
			 (l->cpu_percent + 99) / 100);
	buf_addf(&b, " (by %s)", systemd ? "cgroup, systemd-run" :
		 "rlimits: no cgroup to be had from systemd");
	return buf_take(&b);
}

int limits_plan(const struct limits *l, const struct limits_host *h,
		struct strlist *prefix, struct strlist *init, char **how,
		struct err *err)
{
	int systemd, r = 0;

	*how = NULL;
	if (!l->memory && !l->processes && !l->cpu_percent)
		return 0;
	systemd = systemd_can(l, h);
	if (systemd)
		r = plan_systemd(l, h, prefix);
	if (systemd && !r && !works(prefix, h->patience)) {
		strlist_release(prefix);
		systemd = 0;
	}
	if (!systemd && l->processes && !h->uid)
		return err_set(err, -EPERM, "--pids: without a cgroup from "
			       "systemd nothing bounds the processes of root; "
			       "run scrim as an ordinary user");
	if (!systemd)
		r = plan_rlimits(l, init);
	if (!r) {
		*how = describe(l, systemd);
		r = *how ? 0 : -ENOMEM;
	}
	return r ? err_errno(err, r, "limits") : 0;
}

int limits_cpus(const char *text, unsigned int *percent, struct err *err)
{
	char *end;
	double n = strtod(text, &end);

	if (end != text && !strcmp(end, "%"))
		n /= 100;
	else if (end == text || *end)
		n = -1;
	if (!(n >= 0.01 && n <= 4096))
		return err_set(err, -EINVAL, "'%s' is no number of processors "
			       "such as 2, 0.5 or 150%%", text);
	*percent = (unsigned int)(n * 100 + 0.5);
	return 0;
}
