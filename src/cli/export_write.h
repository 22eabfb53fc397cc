/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_EXPORT_WRITE_H
#define CLI_EXPORT_WRITE_H

#include "cli/export.h"

/*
 * The forms in which a tree leaves: each function writes all of out, a file that
 * is open for writing (for the images: also its path, for the tool that makes
 * them), or fails. place is a directory in which a directory of ours can be made
 * for what is only needed meanwhile.
 */
struct export_job {
	struct layer *layer;
	struct export_options options;
	struct export_result result;
	int out;
	const char *path;
	const char *place;
	unsigned long long size;	/* of an image; 0: as it needs */
};

struct export_form {
	const char *name;
	int needs_path;		/* cannot go to the standard output */
	int (*write)(struct export_job *j, struct err *err);
};

extern const struct export_form export_forms[];	/* ends with name NULL */

int export_write_tar(struct export_job *j, struct err *err);
int export_write_tar_gz(struct export_job *j, struct err *err);
int export_write_oci(struct export_job *j, struct err *err);
/* By mke2fs(8) and mkfs.erofs(1), from a copy of the tree. */
int export_write_ext4(struct export_job *j, struct err *err);
int export_write_erofs(struct export_job *j, struct err *err);

#endif
