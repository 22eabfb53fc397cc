/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_ENGINE_H
#define REVIEW_ENGINE_H

#include "review/job.h"

/*
 * Changes the workspace: a list of requests, all of them or none.
 *
 *   build   requests -> operations          (engine_build.c)
 *   check   space, permissions, identities  (engine_check.c)
 *   stage   new objects under temporary names beside their places, by several
 *           threads where they are many     (engine_stage.c, engine_flush.c)
 *   act     renames, each verified          (engine_act.c, engine_move.c)
 *   finish  put away what was displaced     (engine.c)
 *
 * Temporary names begin with ".scrim-", the journal of job.h knows them all. The
 * workspace is entered only by io_open_beneath from its root, so no symlink is
 * followed, no other mount entered; a file is never written in place. Nothing is
 * unlinked before all renames are done: what is displaced lies under its
 * temporary name until then, so going back is renaming back. A directory is
 * removed by rmdir only, never with what is in it.
 */
enum req_kind {
	REQ_FILE,
	REQ_LINK,	/* symlink */
	REQ_DIR,
	REQ_MOVE,	/* origin's object gets the name path */
	REQ_META,	/* mode and times of what is there */
	REQ_REMOVE,	/* a directory: only if it is empty by then */
};

enum req_flags {
	REQ_TIMES = 1 << 0,	/* set mtime; else a new object's is now */
	REQ_OWNER = 1 << 1,	/* set uid and gid (as root) */
	REQ_MODE = 1 << 2,	/* of REQ_META and REQ_MOVE: set mode */
	REQ_XATTRS = 1 << 3,	/* take attributes from what open gives */
};

struct req {
	enum req_kind kind;
	unsigned flags;
	const char *path;	/* clean */
	const char *origin;	/* of REQ_MOVE */
	struct stat now;	/* at path (of a MOVE, at origin); or zero */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
	/* REQ_FILE: bytes, or a descriptor from open, or this path's own copy */
	const struct buf *bytes;
	int (*open)(void *payload, const struct req *q, int *fd); /* one at a time */
	void *payload;
	const char *like;	/* REQ_FILE: take attributes from there; or NULL */
	const char *target;	/* REQ_LINK */
	const char *link_to;	/* REQ_FILE: path of a request to be a link of */
	ino_t link_ino;		/* or of this file of the workspace; 0: no file */
	/* REQ_FILE: or of kept_name in the directory kept_dir, while it is that */
	const char *kept_name;	/* NULL for none */
	int kept_dir;
	struct ident kept;
};

struct where {
	int state;		/* the session's directory */
	int ws;			/* the workspace's root, not O_PATH */
	uint64_t together;	/* for the job's field of that name */
	int threads;		/* 0: as many as it pays to have */
};

/* Lines about what was not as expected, for a person; not escaped. */
struct notes {
	char **at;
	size_t n;
};
void notes_add(struct notes *n, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void notes_release(struct notes *n);

/*
 * Does the requests, sorted by path. j is from job_create, with note, undoes and
 * drop filled. On success j->state is JOB_DONE: the caller tells the session,
 * and then calls engine_finish. On failure the workspace is as it was (notes
 * name the exceptions, all of which the user made meanwhile), and err says why;
 * -EBUSY is a conflict: an object was not what it had to be.
 */
int engine_run(struct job *j, const struct where *w, const struct req *reqs,
	       size_t n, struct notes *notes, struct err *err);

/*
 * After JOB_DONE: puts displaced objects into the store, removes directories.
 * After a failure it may be called again; with lenient, a directory that will
 * not go is a note and no failure.
 */
int engine_finish(struct job *j, const struct where *w, int lenient,
		  struct notes *notes, struct err *err);

/* Rolls a job of state JOB_BEGUN or JOB_ACT back; may be repeated. */
int engine_back(struct job *j, const struct where *w, struct notes *notes);

/* Parts, for each other and for tests. */
int engine_build(struct job *j, const struct req *reqs, size_t n);
int engine_check(struct job *j, const struct where *w, struct err *err);
int engine_stage(struct job *j, const struct where *w, struct notes *notes,
		 struct err *err);
int engine_act(struct job *j, const struct where *w, struct err *err);
/* Before what was displaced is put away: which of it has names elsewhere. */
int engine_outside(struct job *j, const struct where *w);
/*
 * Writes to disk what was staged, while more is. NULL where it would not pay;
 * all of them take that.
 */
struct flusher *engine_flusher(const struct where *w, size_t n);
void engine_flush_some(struct flusher *f);
int engine_flushed(struct flusher *f);
/*
 * Renames below the workspace (engine_move.c). Where its file system knows none
 * of RENAME_NOREPLACE and RENAME_EXCHANGE (NFS), link and unlink stand for the
 * first, and three moves by way of a third name for the second: the name is then
 * missing for a moment, and what a crash leaves is seen from the inodes.
 *
 * engine_move never replaces: -EEXIST. -EOPNOTSUPP where nothing is possible.
 * engine_move_aside is to a name of ours, engine_move_back on the way back. What
 * came out is told where it is asked for; zero where it is gone already.
 */
int engine_move(const struct where *w, const char *from, const char *to);
int engine_move_aside(const struct where *w, const char *from, const char *to,
		      struct stat *moved);
int engine_move_back(const struct where *w, const char *from, const char *to);
int engine_exchange(const struct where *w, const char *a, const char *b,
		    struct stat *at_a);
/* The third name of a SWAP, a heap string; 1 where something has it. */
int engine_is_aside(const struct where *w, const struct op *op, char **aside);
/* The three moves: what is there aside; then the other two; and all back. */
int engine_swap_aside(const struct where *w, const struct op *op,
		      const char *aside);
int engine_swap_in(const struct where *w, const struct op *op,
		   const char *aside);
int engine_swap_back(const struct where *w, const struct op *op,
		     const char *aside);
/* Lstat below the workspace; zero where nothing is. Negative errno else. */
int engine_stat(const struct where *w, const char *path, struct stat *st);
/* Copies user.*, ACL and label attributes; what is not possible is left out. */
void engine_copy_xattrs(int from, int to);
uint64_t engine_hash(int fd);

#endif
