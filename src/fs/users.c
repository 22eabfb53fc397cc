/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/users.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/io.h"
#include "util/quiet.h"

#define USERS_SHOWN 3
#define COMM_MAX 64
#define MAPS_MAX (4 << 20)

/* Nothing is asked for but the device, which no file system is asked for. */
static int device(int dir, const char *name, dev_t *dev)
{
	struct statx stx;

	if (statx(dir, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &stx))
		return -errno;
	*dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	return 0;
}

static int leads_to(int dir, const char *name, dev_t view)
{
	dev_t dev;

	return !device(dir, name, &dev) && dev == view;
}

static int has_open(int proc, dev_t view)
{
	struct dirent *e;
	int r = 0;
	DIR *d;

	if (quiet_opendir(proc, "fd", &d))
		return 0;
	while (!r && (e = readdir(d)))
		r = isdigit((unsigned char)e->d_name[0]) &&
		    leads_to(dirfd(d), e->d_name, view);
	closedir(d);
	return r;
}

/* The device is the fourth column; proc_pid_maps(5). */
static int has_mapped(int proc, dev_t view)
{
	struct buf maps = BUF_INIT;
	unsigned major, minor;
	char *line, *next;
	int r = 0;

	if (io_read_file(proc, "maps", MAPS_MAX, &maps))
		goto out;
	for (line = maps.ptr; line && *line && !r; line = next) {
		next = strchr(line, '\n');
		if (next)
			next++;
		r = sscanf(line, "%*s %*s %*s %x:%x", &major, &minor) == 2 &&
		    makedev(major, minor) == view;
	}
out:
	buf_release(&maps);
	return r;
}

static int uses(int proc, dev_t view)
{
	return leads_to(proc, "cwd", view) || leads_to(proc, "root", view) ||
	       leads_to(proc, "exe", view) || has_open(proc, view);
}

static void add(int proc, const char *pid, unsigned n, struct buf *out)
{
	struct buf comm = BUF_INIT;

	if (n > USERS_SHOWN)
		return;
	if (n == USERS_SHOWN) {
		buf_addf(out, " and others");
		return;
	}
	if (io_read_file(proc, "comm", COMM_MAX, &comm))
		buf_clear(&comm);
	buf_addf(out, "%s%.*s (%s)", n ? ", " : "",
		 comm.len ? (int)strcspn(comm.ptr, "\n") : 1,
		 comm.len ? comm.ptr : "?", pid);
	buf_release(&comm);
}

static unsigned look(int (*how)(int proc, dev_t view), dev_t view,
		     struct buf *out)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d))) {
		int proc;

		if (!isdigit((unsigned char)e->d_name[0]) ||
		    atol(e->d_name) == (long)getpid())
			continue;
		proc = openat(dirfd(d), e->d_name,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (proc >= 0 && how(proc, view))
			add(proc, e->d_name, n++, out);
		io_close(&proc);
	}
	if (d)
		closedir(d);
	return n;
}

unsigned users_of(const char *path, struct buf *out)
{
	unsigned n;
	dev_t view;

	if (device(AT_FDCWD, path, &view))
		return 0;
	n = look(uses, view, out);
	/* maps may wait for who waits for the view: only if it must be */
	return n ? n : look(has_mapped, view, out);
}
