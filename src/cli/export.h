/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "util/buf.h"
#include "util/err.h"

struct archive;
struct layer;

/*
 * The visible tree of a session as an archive: what the view shows and nothing
 * else, secrets hidden or masked as there.
 *
 * The same tree gives the same bytes: entries come in the order of their names'
 * bytes, parents first, with mode, owner, modification time, link targets, user.*
 * attributes and hard links, and with no other time, number or name of a user.
 */
struct export_options {
	int set_owner;		/* all belong to uid and gid */
	uid_t uid;
	gid_t gid;
	time_t newest;		/* later times are set to this one; -1: none */
	const char *prefix;	/* of all names, with a '/' at its end; or NULL */
	int set_atime;		/* to the modification time, for a disk */
};

struct export_result {
	size_t entries;
	size_t left_out;	/* listed in the view, but not to be read there;
				   sockets */
};

int export_tree(struct layer *l, struct archive *a,
		const struct export_options *o, struct export_result *result,
		struct err *err);

/* err from what libarchive says; -EIO where it has no errno. */
int export_archive_error(struct archive *a, const char *what, struct err *err);

/*
 * An OCI image layout in one tar file, as podman load and skopeo take it, of one
 * layer: the gzip file layer_fd, whose uncompressed tar has the SHA-256 diff_id
 * (64 hex digits). Written to a.
 */
int export_oci(struct archive *a, int layer_fd, const char *diff_id,
	       time_t created, struct err *err);

#endif
