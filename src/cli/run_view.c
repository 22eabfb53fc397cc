/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/opt.h"
#include "cli/run_view.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/gitkeep.h"
#include "cli/preflight.h"
#include "fs/mount.h"
#include "session/session.h"
#include "util/io.h"

/* The kernel takes a sandbox's mounts down a little after its processes. */
#define STOP_TRIES 4
#define STOP_WAIT_US 20000

/* Where mount points are made: a directory of ours alone, else /tmp. */
static const char *runtime_dir(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (dir && dir[0] == '/' && !stat(dir, &st) && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid() && !(st.st_mode & 077))
		return dir;
	return "/tmp";
}

static int make_mountpoint(struct run_view *v, struct err *err)
{
	if (asprintf(&v->parent, "%s/scrim-XXXXXX", runtime_dir()) < 0) {
		v->parent = NULL;
		return err_errno(err, -ENOMEM, "mount point");
	}
	if (!mkdtemp(v->parent)) {
		err_errno(err, -errno, "mount point %s", v->parent);
		free(v->parent);
		v->parent = NULL;
		return err->code;
	}
	if (asprintf(&v->mountpoint, "%s/view", v->parent) < 0) {
		v->mountpoint = NULL;
		return err_errno(err, -ENOMEM, "mount point");
	}
	return mkdir(v->mountpoint, 0700) < 0 ?
		err_errno(err, -errno, "mount point %s", v->mountpoint) : 0;
}

static void remove_mountpoint(const struct run_view *v)
{
	if (v->mountpoint)
		rmdir(v->mountpoint);
	if (v->parent && rmdir(v->parent) < 0 && errno == ENOTEMPTY)
		io_remove_tree(AT_FDCWD, v->parent);
}

/* Runs in the daemon, which holds the session's lock by then. */
static int note_mountpoint(void *payload, struct err *err)
{
	struct run_view *v = payload;

	/* from now on the keeper need not wait for us */
	io_close(&v->keeper);
	return session_set_mountpoint(v->begin.session, v->mountpoint, err);
}

int run_view_prepare(struct run_view *v, const struct mountopt *m,
		     struct err *err)
{
	struct mountopt mine = *m;
	int r = preflight_fuse(err);

	if (v->session)
		mine.session = v->session;
	if (!r)
		r = begin_open(&v->begin, &mine, v->workspace, 0, err);
	if (!r)
		r = begin_commit(&v->begin, err);
	return r ? r : make_mountpoint(v, err);
}

int run_view_mount(struct run_view *v, struct err *err)
{
	const struct mountopt *m = &v->begin.opt;
	struct mount_options o = {
		.session = v->begin.session,
		.policy = v->begin.policy,
		.mountpoint = v->mountpoint,
		.seen_at = v->dest,
		.fuse_options = m->fuse.len ? m->fuse.ptr : NULL,
		.ready = note_mountpoint,
		.payload = v,
	};
	int r;

	mountopt_limits(m, &o.max_size, &o.max_files);
	mountopt_checkpoints(m, &o.checkpoint, &o.keep);
	r = gitkeep_start(o.session, o.policy, &o.git_fd, err);
	if (!r)
		r = mount_serve(&o, err);
	io_close(&o.git_fd);
	v->mounted = !r;
	return r;
}

int run_view_unmount(struct run_view *v, struct err *err)
{
	struct err why = ERR_INIT;
	int r = 0;

	if (v->mounted)
		r = mount_stop(v->mountpoint, opt_common.state_dir, 0, &why);
	for (int i = 0; r == -EBUSY && i < STOP_TRIES; i++) {
		usleep(STOP_WAIT_US);
		why = (struct err)ERR_INIT;
		r = mount_stop(v->mountpoint, opt_common.state_dir, 0, &why);
	}
	if (r)
		return err_set(err, r, "%s", why.msg);
	v->mounted = 0;
	remove_mountpoint(v);
	return 0;
}

void run_view_undo(struct run_view *v)
{
	if (!v->mounted)
		remove_mountpoint(v);
	begin_undo(&v->begin);
}

void run_view_release(struct run_view *v)
{
	begin_close(&v->begin);
	free(v->workspace);
	free(v->dest);
	free(v->session);
	free(v->parent);
	free(v->mountpoint);
	*v = (struct run_view)RUN_VIEW_INIT;
}

/* Reads until scrim writes a byte (all is well) or is no more. */
static void __attribute__((noreturn)) keep(const struct run_view *views,
					   size_t n, int fd)
{
	struct err err = ERR_INIT;
	sigset_t all;
	int null = open("/dev/null", O_RDWR);
	size_t i;
	ssize_t got;
	char c;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (chdir("/") == 0 && null >= 0)
		for (int to = 0; to < 3; to++)
			dup2(null, to);
	while ((got = read(fd, &c, 1)) < 0 && errno == EINTR)
		;
	for (i = 0; i < n && got == 0; i++) {
		/* the sandbox dies with scrim, but not at once */
		mount_stop(views[i].mountpoint, NULL, 1, &err);
		remove_mountpoint(&views[i]);
	}
	_exit(0);
}

/* The lock is to be the daemon's, and must not be held by the keeper too. */
static void drop_descriptors(int but)
{
	if (but > 3)
		close_range(3, (unsigned)but - 1, 0);
	close_range((unsigned)but + 1, ~0u, 0);
}

int run_keeper_start(struct run_keeper *k, struct run_view *views, size_t n,
		     struct err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "keeper of the views");
	k->pid = fork();
	if (!k->pid) {
		drop_descriptors(p[0]);
		keep(views, n, p[0]);
	}
	close(p[0]);
	k->pipe = p[1];
	for (size_t i = 0; i < n; i++)
		views[i].keeper = k->pipe;
	if (k->pid > 0)
		return 0;
	io_close(&k->pipe);
	return err_errno(err, -errno, "keeper of the views");
}

void run_keeper_stop(struct run_keeper *k)
{
	if (k->pid <= 0)
		return;
	if (io_write_full(k->pipe, "", 1))
		kill(k->pid, SIGKILL);
	io_close(&k->pipe);
	waitpid(k->pid, NULL, 0);
	k->pid = -1;
}
