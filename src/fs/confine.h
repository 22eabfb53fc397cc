/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_CONFINE_H
#define FS_CONFINE_H

/*
 * The daemon proves to itself that it cannot write to the workspace: Landlock
 * (landlock(7)) gives it the workspace read-only and the session's directory and
 * cache read-write, no more. It cannot run a program, nor, where the kernel is
 * new enough for that, speak TCP, connect to an abstract socket of others, send a
 * signal to them or ask a device for anything. With that come no_new_privs, no
 * ptrace and no core file by others of the same user (PR_SET_DUMPABLE 0,
 * RLIMIT_CORE 0).
 */
enum confined {
	CONFINED_DUMPABLE = 1 << 0,
	CONFINED_NO_NEW_PRIVS = 1 << 1,
	CONFINED_LANDLOCK = 1 << 2,
	CONFINED_CORE = 1 << 3,
};

/* Before anything secret is opened; may be called twice. */
int confine_memory(void);
/*
 * After the mount, before other threads exist. cache may be NULL. Returns the
 * enum confined that hold; Landlock is left out where the kernel has none.
 */
int confine_files(const char *workspace, const char *session,
		  const char *cache);

#endif
