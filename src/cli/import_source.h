/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_IMPORT_SOURCE_H
#define CLI_IMPORT_SOURCE_H

#include "cli/import.h"

/*
 * What can be imported, told apart by what it is: a directory, an image of ext4
 * or erofs, or an archive of any kind that libarchive reads, compressed or not
 * ("-": from the standard input).
 *
 * An image comes from a machine that the agent was root of, so it is taken apart
 * by the usual tools inside a sandbox that sees the image and an empty directory
 * and has no network.
 */
struct import_source {
	struct archive *archive;
	char *prefix;		/* for import_archive; or NULL */
	char *temp;		/* a directory of ours, or NULL */
	int fd;
	int is_dir, is_image;
};

#define IMPORT_SOURCE_INIT { NULL, NULL, NULL, -1, 0, 0 }

int import_source_open(struct import_source *s, const char *path,
		       struct err *err);
void import_source_close(struct import_source *s);

#endif
