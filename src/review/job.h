/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_JOB_H
#define REVIEW_JOB_H

#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * A job: one apply or undo, as a list of operations that are each a single
 * rename (or chmod), and its record on disk.
 *
 * It lives in undo/NNNNNN/ below the session's directory: the file "journal",
 * and, as o0, o1..., what it displaced from the workspace. What took the place of
 * files is in "made", one after the other, or, where it is large, in n0, n1...
 * The journal is written ahead:
 *
 *   1. header and all operations, synced, before anything is touched;
 *   2. which inodes were staged, and JOB_ACT, synced, before the first rename;
 *   3. JOB_DONE, synced, when all renames are done;
 *   4. JOB_CLOSED when the displaced objects are put away.
 *
 * Whoever finds a job at 1 or 2 rolls it back, at 3 goes on to 4; what was done
 * of it is seen from inodes, so that this can be repeated (apply_recover).
 * Records are { u32 length, u32 CRC-32C, payload }; a torn one at the end is
 * as if it were not there, anything else that does not check is an error.
 */
enum op_kind {
	OP_PUT = 1,	/* staged object at temp -> path, where nothing is */
	OP_INSIDE,	/* made within a staged directory: moves with it */
	OP_SWAP,	/* staged object at temp <-> object at path */
	OP_TAKE,	/* object at path -> temp, to be removed */
	OP_LIFT,	/* object at path -> temp, to be placed */
	OP_PLACE,	/* object that was lifted: temp -> path */
	OP_META,	/* mode or times of what is at path */
	OP_RMDIR,	/* directory at path, if empty, after the rest */
	OP_KINDS
};

/* Which object. Size and times mean something for files and links only. */
struct ident {
	uint64_t dev, ino, size;
	int64_t mtime_s;
	uint32_t mtime_ns, mode, uid, gid, nlink;
};

struct op {
	enum op_kind kind;
	char *path;		/* clean, in the workspace */
	char *temp;		/* clean path of the temporary name; or NULL */
	struct ident was;	/* what is at path before; ino 0: nothing */
	struct ident made;	/* what is there afterwards */
	uint64_t hash;		/* of the content that was; 0: not compared */
	uint64_t kept_at;	/* where in "made" the new bytes are, + 1; or 0 */
	uint32_t kept_len, kept_crc;
	/* in memory only */
	const struct req *req;
	char *kept;		/* where it is if it could not be put back */
	int outside;		/* it has names that the workspace has not */
};

enum job_state {
	JOB_BEGUN = 'b',
	JOB_ACT = 'a',
	JOB_DONE = 'd',
	JOB_CLOSED = 'c',
	JOB_BACK = 'r',		/* rolled back */
};

struct job {
	uint32_t seq;
	uint32_t undoes;	/* seq of the job that this one undoes; or 0 */
	uint32_t undone_by;	/* later job; or 0 */
	time_t when;
	uint64_t together;	/* the same in all jobs of one command; or 0 */
	enum job_state state;
	char *note;		/* for the log: paths that were asked for */
	char **drop;		/* the session's paths that are applied by it */
	size_t n_drop;
	struct op *ops;		/* in the order of doing them */
	size_t n;
	/* private */
	int dir;		/* undo/NNNNNN */
	int fd;			/* the journal; -1 where only read */
	off_t len;		/* of what checked, when read */
	int made;		/* while staging: the file "made"; or -1 */
	uint64_t made_end;
};

#define JOB_NONE { .dir = -1, .fd = -1, .made = -1 }

void ident_of(struct ident *id, const struct stat *st);
/* 1 where the same version of the same object. */
int ident_same(const struct ident *a, const struct ident *b);
/* 1 where the same object, whatever its content and mode are now. */
int ident_is(const struct ident *a, const struct ident *b);

/* state is the session's directory. Gives it the next number. */
int job_create(struct job *j, int state, struct err *err);
int job_write_ops(struct job *j);
/* Idents of all that was staged, then JOB_ACT. */
int job_write_staged(struct job *j);
int job_write_state(struct job *j, enum job_state s, uint32_t arg);

/* -ENOENT where there is none of that number. */
int job_read(struct job *j, int state, uint32_t seq, struct err *err);
/* Opens the journal of a job that was read, to go on after what checked. */
int job_reopen(struct job *j);
void job_release(struct job *j);
/* Removes the directory of a job and all it keeps. */
int job_remove(int state, uint32_t seq);

/* Numbers of all jobs, rising; *out is a heap array. */
int job_list(int state, uint32_t **out, size_t *n);

/* The name of what operation i displaced, in the job's directory. */
#define JOB_NAME_MAX 16
void job_store_name(size_t i, char out[JOB_NAME_MAX]);
/* Of that very file, where it has names outside of the workspace. */
void job_linked_name(size_t i, char out[JOB_NAME_MAX]);

/*
 * The bytes that a SWAP put there, for undo to merge by (job_made.c). job_keep
 * may be called by several threads; what cannot be kept is not, and is -ENODATA
 * when it is asked for. job_keep_file takes a file of the session's as it is, by
 * a link; job_keep_begin comes before both.
 */
#define JOB_KEEP_SMALL 65536	/* up to here job_keep is cheaper */
void job_keep_begin(struct job *j);
void job_keep(struct job *j, struct op *op, const void *bytes, size_t len);
void job_keep_file(struct job *j, struct op *op, int from);
/* op puts there what first does. */
void job_keep_same(struct job *j, const struct op *first, struct op *op);
/* At most limit bytes; -EFBIG where there are more, or are said to be. */
int job_read_made(const struct job *j, size_t i, size_t limit,
		  struct buf *out);
/* How much all that is kept of a job takes on disk, about. */
unsigned long long job_bytes(const struct job *j);

#endif
