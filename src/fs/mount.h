/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include "util/err.h"

struct layer;
struct policy;
struct session;

/*
 * The view daemon: mounts a session's merged tree and serves it until it is
 * unmounted.
 *
 * Standard streams and other inherited descriptors of the caller are left
 * alone until the mount answers; then the daemon detaches from them.
 */
struct mount_options {
	struct session *session;	/* its lock is held */
	const struct policy *policy;
	const char *mountpoint;		/* an existing, empty directory */
	const char *seen_at;		/* if it is seen elsewhere, else NULL */
	/*
	 * Comma-separated options of -o: those of mount(8) that FUSE knows
	 * (allow_other, default_permissions, ro, suid, dev, exec, noatime,
	 * fsname=...). NULL for none. suid and dev are refused without
	 * privilege, by fusermount3.
	 */
	const char *fuse_options;
	unsigned long long max_size, max_files;	/* of the session; 0: none */
	unsigned checkpoint, keep;	/* checkpoint.h: seconds and how many */
	unsigned threads;		/* that answer at once; 0: by default */
	int foreground;			/* -f: serve in this process */
	int debug;			/* -d: libfuse's own trace on stderr */
	int no_uring;			/* /dev/fuse only */
	/*
	 * Who looks through git again (fs/relook.h), or -1. The caller closes it
	 * when mount_serve is over.
	 */
	int git_fd;
	/*
	 * Called in the daemon after the mount and before it confines itself;
	 * may be NULL. A negative return gives the mount up.
	 */
	int (*ready)(void *payload, struct err *err);
	void *payload;
};

/*
 * In the background: forks, and returns 0 in the caller once the mount answers,
 * or a negative errno with nothing left mounted. The session's lock goes over
 * to the daemon; the caller's handle no longer holds it. In the foreground:
 * returns when the file system was unmounted.
 */
int mount_serve(const struct mount_options *o, struct err *err);

/*
 * Unmounts what is mounted at path (umount2(2) as root, else fusermount3 -u)
 * and waits until the daemon has ended, wherever its session is: it holds a lock
 * (flock(2)) on the directory that it is mounted over. Where that may not be
 * read, its session is looked for in state_dir (NULL for the default). lazy
 * detaches at once and does not wait.
 */
int mount_stop(const char *path, const char *state_dir, int lazy,
	       struct err *err);

/*
 * Unmounts the views whose daemon is dead (ENOTCONN), as far as a session in
 * state_dir names them as its last; tells of each. A view that is served, or only
 * slow, is not asked at all.
 */
void mount_clean(const char *state_dir,
		 void (*tell)(const struct session *s, const char *path));

/* 1 if path is the root of a mounted view (of any session), else 0. */
int mount_is_view(const char *path);

#endif
