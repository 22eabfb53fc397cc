/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/confine.h"
#include "fs/detach.h"
#include "fs/mntwords.h"
#include "fs/mount.h"
#include "fs/readahead.h"
#include "fs/relook.h"
#include "fs/server.h"
#include "fs/watch.h"
#include "session/below.h"
#include "session/control.h"
#include "session/quota.h"
#include "session/session.h"
#include "util/io.h"
#include "util/path.h"

/* What the daemon tells the one who started it: how it went, once. */
struct report {
	int fd;			/* -1 in the foreground */
	int told;
	struct detach detach;
};

static void report(struct report *rep, int r, const struct err *err)
{
	struct err msg = ERR_INIT;

	if (rep->fd < 0 || rep->told)
		return;
	if (err)
		msg = *err;
	msg.code = r;
	rep->told = 1;
	io_write_full(rep->fd, &msg, sizeof(msg));
	io_close(&rep->fd);
}

static int uring_offered(void)
{
	char c = 'N';
	int fd = open("/sys/module/fuse/parameters/enable_uring",
		      O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, &c, 1) != 1)
			c = 'N';
		close(fd);
	}
	return c == 'Y';
}

/* Nothing in the options tells where the workspace is. */
static int build_args(const struct mount_options *o, const struct mntwords *w,
		      struct fs *fs, struct fuse_args *args)
{
	static const char base[] = "fsname=scrim,subtype=scrim,"
				   "default_permissions,nosuid,nodev";
	int r;

	r = fuse_opt_add_arg(args, "scrim") || fuse_opt_add_arg(args, "-o") ||
	    fuse_opt_add_arg(args, base);
	if (!r && w->fuse.len)
		r = fuse_opt_add_arg(args, "-o") ||
		    fuse_opt_add_arg(args, w->fuse.ptr);
	if (!r && o->debug)
		r = fuse_opt_add_arg(args, "-d");
#ifdef HAVE_FUSE_URING
	fs->uring = !o->no_uring && uring_offered();
	if (!r && fs->uring)
		r = fuse_opt_add_arg(args, "-oio_uring,io_uring_q_depth=8");
#else
	(void)uring_offered;
#endif
	return r ? -ENOMEM : 0;
}

/*
 * A table of descriptors that grows while threads run waits for the kernel's
 * readers each time: make it as large as it will be now.
 */
static void size_descriptors(void)
{
	struct rlimit rl;
	int fd;

	if (getrlimit(RLIMIT_NOFILE, &rl))
		return;
	if (rl.rlim_cur < 4096 && rl.rlim_max > rl.rlim_cur) {
		rl.rlim_cur = rl.rlim_max < 4096 ? rl.rlim_max : 4096;
		setrlimit(RLIMIT_NOFILE, &rl);
		getrlimit(RLIMIT_NOFILE, &rl);
	}
	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC,
		   rl.rlim_cur < 4096 ? (int)rl.rlim_cur - 1 : 2047);
	if (fd >= 0)
		close(fd);
}

static void *wait_for_end(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/*
 * The first pthread_cancel loads the unwinder's library, which libfuse does at
 * the very end, when no library can be opened any more: do it now.
 */
static void load_unwinder(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, wait_for_end, NULL))
		return;
	pthread_cancel(t);
	pthread_join(t, NULL);
}

static int serve_loop(struct fs *fs, unsigned threads)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int r;

	if (!config)
		return -ENOMEM;
	fuse_loop_cfg_set_max_threads(config, threads ? threads : 10);
	fuse_loop_cfg_set_idle_threads(config, 4);
	r = fuse_session_loop_mt(fs->se, config);
	fuse_loop_cfg_destroy(config);
	return r < 0 ? r : 0;
}

static char *cache_dir(void)
{
	char *dir;

	if (path_user(PATH_CACHE, "", &dir))
		return NULL;
	if (io_mkdirs(dir, 0700)) {
		free(dir);
		return NULL;
	}
	return dir;
}

static void tell_all(void *payload)
{
	watch_tell_all(payload);
}

static int serve_requests(const struct mount_options *o, struct fs *fs,
			  struct report *rep, struct err *err)
{
	struct relook *relook;
	int r;

	relook = relook_start(fs, fcntl(o->git_fd, F_DUPFD_CLOEXEC, 3));
	layer_on_verdicts(fs->layer, tell_all, fs);
	layer_serve(fs->layer, o->seen_at ? o->seen_at : o->mountpoint);
	report(rep, 0, NULL);
	if (!o->foreground)
		detach_now(&rep->detach);
	r = serve_loop(fs, o->threads);
	if (r)
		err_errno(err, r, "the view at %s has ended", o->mountpoint);
	layer_serve_end(fs->layer);
	relook_stop(relook);
	return r;
}

/* From a mounted session to its end. */
static int serve_mounted(const struct mount_options *o, struct fs *fs,
			 struct report *rep, struct err *err)
{
	struct server *server;
	char *cache = cache_dir();
	int r = 0;

	if (o->ready)
		r = o->ready(o->payload, err);
	if (!r)
		r = session_set_mountpoint(o->session, o->mountpoint, err);
	if (!r && (chdir("/") || fuse_set_signal_handlers(fs->se)))
		r = err_errno(err, -errno, "cannot become a daemon");
	if (r)
		goto out;
	load_unwinder();
	fs->confined = confine_files(o->session->workspace, o->session->dir, cache);
	fs->watch = watch_start(fs);
	server = server_start(fs, o->session->fd);
	r = serve_requests(o, fs, rep, err);
	server_stop(server);
	watch_stop(fs->watch);
	fuse_remove_signal_handlers(fs->se);
out:
	free(cache);
	return r;
}

static int understand(const struct mount_options *o, struct fs *fs,
		      struct mntwords *w)
{
	int r = mntwords_read(w, o->fuse_options);

	if (!r && w->devices && !geteuid())
		layer_allow_devices(fs->layer);
	if (!r)
		layer_keep_atime(fs->layer, w->files, w->dirs);
	fs->strict = w->files == ATIME_STRICT;
	fs->max_read = w->max_read;
	return r;
}

/*
 * Until it ends the daemon holds a lock on what it is mounted over: whoever
 * unmounts it may know of the mount point alone. After the session's own lock:
 * they are given back in the order of their numbers.
 */
static void lock_mountpoint(const struct mount_options *o)
{
	int fd = open(o->mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC), high;

	if (fd < 0)
		return;
	high = fcntl(fd, F_DUPFD_CLOEXEC, o->session->lock_fd + 1);
	close(fd);
	if (high >= 0 && flock(high, LOCK_SH | LOCK_NB))
		close(high);
}

/* Its server makes them (fs/server.h), and can do without anything else. */
static int check_checkpoints(const struct mount_options *o, struct err *err)
{
	int fd, r = o->checkpoint ? control_listen(o->session->fd, &fd) : 0;

	if (r)
		return err_set(err, r, "no checkpoints can be made: the file "
			       "system of %s has no sockets", o->session->dir);
	if (o->checkpoint) {
		close(fd);
		control_unlink(o->session->fd);
	}
	return 0;
}

static int serve(const struct mount_options *o, struct report *rep,
		 struct err *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct mntwords words = MNTWORDS_INIT;
	struct fs fs = { .layer = NULL };
	int r;

	confine_memory();
	umask(077);
	size_descriptors();
	r = check_checkpoints(o, err);
	if (!r)
		r = layer_open(&fs.layer, o->session, o->policy, LAYER_WRITE,
			       err);
	if (r)
		return r;
	layer_limit(fs.layer, o->max_size, o->max_files);
	fs.checkpoint = o->checkpoint;
	fs.keep = o->keep;
	r = understand(o, &fs, &words);
	if (!r)
		r = build_args(o, &words, &fs, &args);
	if (!r)
		fs.se = fuse_session_new(&args, &fs_ops, sizeof(fs_ops), &fs);
	if (!fs.se) {
		r = err_set(err, -EINVAL, "the mount options were not accepted");
		goto out;
	}
	lock_mountpoint(o);
	if (fuse_session_mount(fs.se, o->mountpoint)) {
		r = err_set(err, -EIO, "cannot mount at %s; see scrim doctor",
			    o->mountpoint);
		goto out;
	}
	r = serve_mounted(o, &fs, rep, err);
	fuse_session_unmount(fs.se);
out:
	if (fs.se)
		fuse_session_destroy(fs.se);
	fuse_opt_free_args(&args);
	mntwords_release(&words);
	layer_close(fs.layer);
	return r;
}

static int wait_for_report(int fd, pid_t pid, struct err *err)
{
	struct err msg = ERR_INIT;
	int status;

	if (io_read_full(fd, &msg, sizeof(msg)) != sizeof(msg)) {
		waitpid(pid, &status, 0);
		return err_set(err, -EIO, "the view's daemon ended before it "
			       "answered");
	}
	if (msg.code) {
		waitpid(pid, &status, 0);
		msg.msg[sizeof(msg.msg) - 1] = '\0';
		if (err)
			*err = msg;
	}
	return msg.code;
}

/* The kernel and libfuse agree on how to talk after the mount only. */
static int wait_for_answer(const char *mountpoint, struct err *err)
{
	struct statfs st;

	if (!statfs(mountpoint, &st) ||
	    (errno != ENOTCONN && errno != ECONNABORTED))
		return 0;
	mount_stop(mountpoint, NULL, 1, NULL);
	return err_set(err, -EIO, "the view's daemon ended before it answered");
}

static void child(const struct mount_options *o, int fd)
{
	struct report rep = { fd, 0, DETACH_INIT };
	struct err err = ERR_INIT;
	int r;

	setsid();
	r = detach_prepare(&rep.detach);
	if (r)
		err_errno(&err, r, "cannot become a daemon");
	else
		r = serve(o, &rep, &err);
	report(&rep, r ? r : -EIO, &err);
	_exit(r ? 1 : 0);
}

int mount_serve(const struct mount_options *o, struct err *err)
{
	struct report none = { -1, 0, DETACH_INIT };
	int fds[2], r;
	pid_t pid;

	if (o->foreground)
		return serve(o, &none, err);
	if (pipe2(fds, O_CLOEXEC))
		return err_errno(err, -errno, "pipe");
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		r = err_errno(err, -errno, "cannot start the view's daemon");
		close(fds[0]);
		close(fds[1]);
		return r;
	}
	if (!pid) {
		close(fds[0]);
		child(o, fds[1]);
	}
	close(fds[1]);
	r = wait_for_report(fds[0], pid, err);
	close(fds[0]);
	if (!r)
		r = wait_for_answer(o->mountpoint, err);
	if (!r) {
		io_close(&o->session->lock_fd);
		readahead_widen(o->mountpoint);
	}
	return r;
}
