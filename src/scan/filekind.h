/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_FILEKIND_H
#define SCAN_FILEKIND_H

/*
 * What the name of a file says of how values are written in it.
 */
enum filekind {
	FILE_OTHER,	/* unknown: plain text */
	FILE_CONFIG,	/* name = value to the end of the line, unquoted too */
	FILE_CODE,	/* source code: literals are quoted */
	FILE_DOC,	/* prose with pieces of the others in it */
	FILE_NOISE,	/* lock files, translations, images as text... */
};

/* path may be NULL. */
enum filekind filekind_of(const char *path);

#endif
