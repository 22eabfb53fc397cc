/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITVIEW_H
#define REVIEW_GITVIEW_H

#include <stddef.h>

#include "review/gitrules.h"
#include "review/gitstate.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * What a view shows of git. A tracked secret is one `git show` away, so the
 * workspace's repositories are shown as they are (full) only where nothing in
 * them is protected; else the view gets a repository of its own (sanitized):
 * one commit of the visible part of HEAD, with the index as it is; or none.
 *
 *	gitview_find(&v, workspace_fd, rules, cache_dir, &err);
 *	gitview_decide(&v, mode, rules, seconds, &err);
 *	gitview_build(&v, rules, out_dirfd, &err);
 *	... hide what is NONE, put out/DIR at the path of what is SANITIZED, and
 *	leave out what a FULL one says is to be hidden
 *	gitview_release(&v);
 *
 * Nothing in a repository is trusted: its configuration is read as text and
 * never followed, libgit2 gets object and index files only and works in a child
 * with limits, and a pointer that leads out of the workspace counts only where
 * its target points back. What cannot be judged is not shown.
 */
enum gitview_mode {
	GITVIEW_AUTO,
	GITVIEW_FULL,
	GITVIEW_SANITIZED,
	GITVIEW_NONE,
};

enum gitview_kind {
	GITVIEW_DIR,		/* a .git directory */
	GITVIEW_FILE,		/* a .git file: submodule or linked worktree */
	GITVIEW_LINK,		/* a .git that is anything else */
	GITVIEW_BARE,		/* a directory with HEAD, objects and refs */
};

struct gitview_repo {
	enum gitview_kind kind;
	enum gitview_mode choice;	/* after gitview_decide never AUTO */
	char *path;	/* of the .git or the bare repository: clean path */
	char *why;	/* of the choice: one line; not escaped */
	char *dir;	/* of a SANITIZED one, after the build: its name in out */
	int kept;	/* for the caller: it has a repository, do not build one */
	/*
	 * Of a FULL one: loose objects that may be any file, so to be left out of
	 * the view; a list as session/gitguard.h has them, or NULL.
	 */
	char *hide;
	size_t n_hide;
	/* after the build: HEAD's commit, and the one made for it; "" if unborn */
	char head[41], new_head[41];
	/* private */
	char *gitdir;	/* of a FILE that points into the workspace, clean */
	char *outside;	/* of one that points out of it, absolute */
	int relative;	/* the pointer was relative */
};

struct gitview {
	struct gitview_repo *at;
	size_t n;
	/* private */
	int workspace_fd;	/* borrowed */
	int cache;		/* directory, or -1 */
	char *root;		/* the workspace's real path */
	int recalled;		/* GITRECALL_* */
	int large;		/* too many directories to compare them */
	int unsure;		/* a choice that is not to be kept */
	struct gitstate dirs, files;
};

#define GITVIEW_INIT { .workspace_fd = -1, .cache = -1 }

#define GITVIEW_SECONDS 10.0

/* -EINVAL, with what would be right in err. */
int gitview_mode_parse(const char *text, enum gitview_mode *out,
		       struct err *err);
const char *gitview_mode_name(enum gitview_mode mode);

/*
 * All repositories that would be visible, in the order of their paths. The
 * bare repository that is the workspace itself has the path "".
 * cache_dir (made if need be; NULL for none) keeps a small file for each
 * workspace and for each repository: where they are, and the verdict for the
 * state that its objects and index were in (gitrecall.h).
 */
int gitview_find(struct gitview *out, int workspace_fd,
		 const struct gitview_rules *rules, const char *cache_dir,
		 struct err *err);
/*
 * After gitview_find, in a process of its own, of which nobody waits: where too
 * much would have had to be compared, looks for repositories again, so that the
 * next gitview_find knows of new ones. Does nothing else.
 */
void gitview_refresh(const struct gitview *v,
		     const struct gitview_rules *rules);
void gitview_release(struct gitview *v);

/*
 * Chooses for each. AUTO looks through all objects, reachable or not, for at
 * most `seconds` altogether; what was not finished by then is SANITIZED.
 */
int gitview_decide(struct gitview *v, enum gitview_mode mode,
		   const struct gitview_rules *rules, double seconds,
		   struct err *err);

/*
 * Makes a directory "0", "1"... below out_dirfd for each SANITIZED repository.
 * One that cannot be made (sha256, split index, damaged...) becomes NONE with
 * the reason; only what is no fault of a repository is an error. The same
 * repository and rules give the same bytes.
 */
int gitview_build(struct gitview *v, const struct gitview_rules *rules,
		  int out_dirfd, struct err *err);

/* HEAD's commit as it is now, 40 digits; "" where unborn or not to be read. */
void gitview_head(const struct gitview *v, const struct gitview_repo *repo,
		  char out[41]);

/*
 * One line for the user: "sanitized: .env is in the history", or a count by
 * choice where there are several. Not escaped. The choice of the first
 * repository, or of the strictest, is what a session records.
 */
void gitview_summary(const struct gitview *v, struct buf *out);
enum gitview_mode gitview_choice(const struct gitview *v);

#endif
