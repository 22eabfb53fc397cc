/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_CHECK_H
#define SESSION_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

/*
 * Looks through a session's directory as fsck does through a file system: the
 * log's checksums, every record against the content files and the base, content
 * files without a record, temporary files, snapshots. The jobs of apply are
 * review's (review/apply.h). The workspace is not asked.
 *
 * check_look only reads. check_repair mends what it can:
 *
 *	a log that is damaged	ends before the damage, unless only a record's
 *				length is; what it was is kept
 *	content that is missing	the workspace's shows again; of a file that the
 *				agent made an empty one is left
 *	base that is missing	is noted as not kept
 *	what is left over	is removed
 *	a restore cut short	is finished
 *
 * Both want the session's lock; without it (the session is mounted) check_look
 * looks at the log's checksums and the snapshots alone.
 */
struct session;

struct check_problem {
	const char *part;	/* log, content, base, leftover, snapshot */
	char *what;		/* one line */
	char *path;		/* in the view or the session; or NULL */
};

struct check {
	struct check_problem *at;
	size_t n;
	/* what was looked at */
	uint64_t log_bytes;
	unsigned long records;
	size_t files;		/* content files */
	size_t snapshots;
};

#define CHECK_INIT { NULL, 0, 0, 0, 0, 0 }

/* 0, or a negative errno where it cannot be looked at. */
int check_look(struct check *c, const struct session *s, int locked,
	       struct err *err);
int check_repair(const struct session *s, struct err *err);
/* 1 where c has a problem that says the same as p. */
int check_has(const struct check *c, const struct check_problem *p);
void check_release(struct check *c);

/* ---- check_state.c: one directory with log, data and base ---- */

/* snapshot: its name, or NULL. part of the log that is damaged: *cut; or 0. */
int check_state(struct check *c, int dirfd, const char *snapshot, int locked,
		uint64_t *cut);
int check_state_repair(int dirfd);
int check_add(struct check *c, const char *part, const char *path,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
