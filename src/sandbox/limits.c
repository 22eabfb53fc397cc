/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>

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
	int systemd, r;

	*how = NULL;
	if (!l->memory && !l->processes && !l->cpu_percent)
		return 0;
	systemd = systemd_can(l, h);
	if (!systemd && l->processes && !h->uid)
		return err_set(err, -EPERM, "--pids: without a cgroup from "
			       "systemd nothing bounds the processes of root; "
			       "run scrim as an ordinary user");
	r = systemd ? plan_systemd(l, h, prefix) : plan_rlimits(l, init);
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
