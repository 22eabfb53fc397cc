/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_MOUNTOPT_H
#define CLI_MOUNTOPT_H

#include "util/buf.h"
#include "util/err.h"
#include "util/strlist.h"

/*
 * How a view is made, whoever says it: options of scrim mount and scrim run,
 * the words after -o, a line of fstab, and what a session keeps of its last
 * mount to go on with (what is shown, not how it is mounted). All are brought to mountopt_set.
 *
 * As text they are joined by commas; a comma or a backslash in a value has a
 * backslash before it.
 *
 * Start with MOUNTOPT_INIT, end with mountopt_release.
 */
struct mountopt {
	char *name;		/* name= of a new session */
	char *session;		/* session= to go on with */
	char *state_dir;
	char *rules;		/* an absolute path, or "none" */
	char *max_size, *max_files;	/* of the session; NULL: no limit */
	char *checkpoint, *keep;	/* how often, and how many of them */
	char *max_threads;	/* NULL for as many as it has by itself */
	char *git;		/* auto, full, sanitized, none; NULL for auto */
	char *taint;		/* yes, no; NULL for what the settings say */
	struct strlist show, mask, hide;	/* globs */
	struct buf fuse;	/* those of FUSE, for struct mount_options */
};

#define MOUNTOPT_INIT { .fuse = BUF_INIT }

enum mountopt_flags {
	/* Pass over what is not known, as mount -s asks for. */
	MOUNTOPT_SLOPPY = 1 << 0,
	/*
	 * Only what a session keeps: what decides on what is shown. Those of
	 * FUSE are passed over: they are of one mount.
	 */
	MOUNTOPT_KEPT = 1 << 1,
};

/*
 * Sets one; value is NULL for a word without '='. A later one overrides an
 * earlier, but globs gather. -EINVAL, with the reason in err, for an option that
 * is not known or a value that cannot be. Words that are for mount(8) and
 * systemd alone (defaults, noauto, user, nofail, x-...) are passed over.
 */
int mountopt_set(struct mountopt *m, const char *key, const char *value,
		 int flags, struct err *err);
int mountopt_parse(struct mountopt *m, const char *text, int flags,
		   struct err *err);

/* The numbers of max_size and max_files; 0 where there is none. */
void mountopt_limits(const struct mountopt *m, unsigned long long *bytes,
		     unsigned long long *files);

/* Seconds and number; 0 where nothing was said. */
void mountopt_checkpoints(const struct mountopt *m, unsigned *seconds,
			  unsigned *keep);

/* The number of max_threads; 0 where nothing was said. */
unsigned mountopt_threads(const struct mountopt *m);

/* Appends what a session keeps, in the form that mountopt_parse takes. */
void mountopt_print(const struct mountopt *m, struct buf *out);

void mountopt_release(struct mountopt *m);

#endif
