/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/strlist.h"

struct profile;

/*
 * A sandbox as data: the command line of bubblewrap, the environment of the
 * command in it, and the memory files that go with it. Nothing is started here;
 * sandbox/supervise.h does that.
 *
 * What the command gets: its own user, mount, pid, ipc, uts and cgroup
 * namespaces, and a network namespace unless net is NET_HOST; no capability, no
 * new privileges, no user namespace of its own, a system call filter
 * (sandbox/seccomp.h). Its root is made of what is named here and nothing else:
 *
 *   /usr and the links into it, a list of files of /etc      read-only
 *   /proc, /dev, /run, /tmp, /var/tmp, /dev/shm              fresh, bounded
 *   the home                                                 fresh, bounded
 *   what the profile shows, and --also-ro                    read-only
 *   what the profile keeps (sandbox/home.h)                  writable
 *   the views                                                writable, or ro
 *
 * No part of a workspace, nor of where sessions are kept, may show in any other
 * way than through a view: --also-ro is refused, and what a profile names is
 * left out, where it holds or lies in one of those (by path, and by the identity
 * of the directories, so that a bind mount does not help).
 *
 * Calling order: fill in the options, sandbox_build, supervise_run or
 * sandbox_print, sandbox_release.
 */
enum sandbox_net { NET_NONE, NET_HOST, NET_PROXY };

struct sandbox_view {
	const char *source;	/* where the view is mounted */
	const char *dest;	/* where the command sees it; absolute, clean */
	const char *workspace;	/* real path of what it is a view of */
	int ro;
};

struct sandbox_options {
	const struct sandbox_view *views;
	size_t n_views;
	const char *state_dir;	/* where all sessions are */
	const struct profile *profile;
	const char *keep_dir;	/* of home_prepare; NULL with no profile.keep */
	const char *const *also_ro;	/* ended by NULL; or NULL */
	const char *home, *user;
	uid_t uid;
	gid_t gid;
	const char *chdir;
	enum sandbox_net net;
	const char *proxy;	/* NET_PROXY: the Unix socket; absolute */
	const char *ca;		/* one more certificate to trust; or NULL */
	unsigned long long tmp_size;	/* of /tmp, of the home, each; bytes */
	int allow;		/* enum seccomp_allow */
	const char *init;	/* path of scrim-init */
	/* of limits_plan; both may be empty */
	const struct strlist *prefix, *init_options;
	char *const *command;	/* ended by NULL */
};

#define SANDBOX_TMP_SIZE (1ull << 30)
#define SANDBOX_PROXY_PORT 3128
#define SANDBOX_CA INIT_DIR "/ca.crt"

struct sandbox {
	struct strlist argv;	/* prefix, bwrap, its options, the command */
	struct strlist fixed;	/* NAME=VALUE that the sandbox needs set */
	struct strlist left_out;/* paths of the profile, for a message */
	/* fds[i] is to become descriptor INIT_FD_FREE + i */
	int *fds;
	size_t n_fds;
	int scoped;		/* without the host's abstract sockets */
	int oom;		/* private: some word is missing */
};

#define SANDBOX_INIT { STRLIST_INIT, STRLIST_INIT, STRLIST_INIT, NULL, 0, 0, 0 }

int sandbox_build(struct sandbox *s, const struct sandbox_options *o,
		  struct err *err);
void sandbox_release(struct sandbox *s);

/*
 * The command line as a shell would take it, an option a line, names escaped for
 * a terminal. Descriptors stand there as numbers: they are memory files.
 */
void sandbox_print(const struct sandbox *s, FILE *f);

/*
 * -EACCES where showing the existing path would show of a workspace or of the
 * sessions; else 0, or the negative errno of the path itself.
 */
int sandbox_may_show(const struct sandbox_options *o, const char *path,
		     struct err *err);

/* private to the module: sandbox.c and rootfs.c */
void sandbox_add(struct sandbox *s, const char *const *words);
int sandbox_add_data(struct sandbox *s, const void *data, size_t len,
		     const char *option, const char *dest);
int rootfs_add(struct sandbox *s, const struct sandbox_options *o,
	       struct err *err);

#endif
