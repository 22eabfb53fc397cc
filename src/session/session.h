/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdint.h>
#include <time.h>

#include "scan/mask.h"
#include "scan/policy.h"
#include "session/gitguard.h"
#include "util/err.h"

/*
 * A session: one directory below $XDG_STATE_HOME/scrim/sessions (or
 * --state-dir), mode 0700, with a short id as its name. Formats:
 * scrim-session(5).
 *
 * session_create gives a handle with the lock held, session_open one without;
 * session_close ends both. meta.ini is written whole (io_replace) by
 * session_create and session_save_meta only.
 */
#define SESSION_FORMAT 2
#define SESSION_ID_LEN 8

struct session {
	char id[SESSION_ID_LEN + 1];
	char *name;		/* --name; NULL where none was given */
	char *workspace;	/* real path */
	char *dir;		/* path of the session's directory */
	int fd;			/* of that directory, O_DIRECTORY */
	int lock_fd;		/* -1 where the lock is not held */
	unsigned made;		/* directories that session_create made for it */
	int format;
	time_t created;
	long created_nsec;
	char *rules;		/* digest of the policy at creation */
	char *group;		/* of several workspaces: see group.h; or NULL */
	char *access;		/* "ro" where the agent may not write; or NULL */
	char *git;		/* full, sanitized or none: the strictest */
	struct gitguard gitguard;
	char *options;		/* of the last mount: what is shown */
	uint8_t key[MASK_KEY_LEN];	/* of the masks */
};

/* What a message calls it: its name, or its id. */
static inline const char *session_label(const struct session *s)
{
	return s->name ? s->name : s->id;
}

struct session_where {
	const char *state_dir;	/* --state-dir; NULL for the default */
	const char *session;	/* --session: id or name; NULL for the newest */
	const char *dir;	/* a directory in the workspace; NULL for cwd */
};

/*
 * A new session of workspace (any path to it), with its lock held and meta.ini
 * written; rules, git and options are for the caller to fill and save. Refused
 * with nothing left on disk: -EEXIST where the workspace has a session of that
 * name, -EINVAL for a bad name, a workspace inside the state directory or inside
 * a mounted view, and a state directory inside the workspace.
 */
int session_create(struct session **out, const char *state_dir,
		   const char *workspace, const char *name, struct err *err);

/*
 * Finds by id, by name, or the newest session of the workspace that holds dir
 * (also where dir lies inside a mounted view). -ENOENT, with what to do in err.
 * Names and ids are checked against [A-Za-z0-9._-]; nothing is joined unchecked.
 * A directory that is not ours or not 0700, or a format newer than
 * SESSION_FORMAT, is refused.
 */
int session_open(struct session **out, const struct session_where *where,
		 struct err *err);

/* 0, or -EINVAL with the rule in err. */
int session_check_name(const char *name, struct err *err);

/*
 * Takes the lock; 0 at once where this handle holds it. -EBUSY, with who holds
 * it and what to do in err. It is of the open file, so it goes over to a child
 * of fork and is free when the last copy of lock_fd is closed. A session of an
 * older format is brought to this one (session/upgrade.h).
 */
int session_lock(struct session *s, struct err *err);
/* 1 where another process holds the lock: the session is mounted. */
int session_is_mounted(const struct session *s);
/*
 * Waits, two seconds at most, for a daemon whose view was unmounted, or that was
 * killed, to let go of the lock: umount(2) and kill(2) return before it does.
 * session_open does so.
 */
void session_await_leaving(const struct session *s);
/*
 * The mount point of a mounted session, or NULL (also where it is in use but
 * not mounted); a heap string.
 */
char *session_mountpoint(const struct session *s);
/*
 * Where a session that is not mounted was mounted last, as far as that is still
 * known, or NULL; a heap string.
 */
char *session_last_mountpoint(const struct session *s);
/*
 * Needs the lock; notes the caller's process id too, so the daemon calls it.
 * NULL for none.
 */
int session_set_mountpoint(struct session *s, const char *path,
			   struct err *err);

/*
 * A handle that is s in all but the directory, which is fd's: a snapshot. It owns
 * fd. 0 or -ENOMEM.
 */
int session_derive(struct session **out, const struct session *s, int fd);

int session_save_meta(struct session *s, struct err *err);
void session_close(struct session *s);

/*
 * Destroys the directory and all in it; the lock must be held. It is out of the
 * list at once, also where the removal is interrupted, and its lock is given up. s
 * is still to be closed.
 */
int session_destroy(struct session *s, struct err *err);
/* The same of one that session_create just made, with what it made to hold it. */
int session_unmake(struct session *s, struct err *err);

/*
 * All sessions, newest first, with fd and lock_fd -1. Broken ones come with
 * format -1, id and dir alone; those of a newer format with what could be read.
 * An empty list where the state directory is missing.
 */
struct session_list {
	struct session **at;
	size_t n;
};
int session_list(const char *state_dir, struct session_list *out,
		 struct err *err);
void session_list_release(struct session_list *l);

/* The place of all sessions; a heap string. */
int session_state_dir(const char *state_dir, char **out, struct err *err);

#endif
