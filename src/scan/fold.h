/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_FOLD_H
#define SCAN_FOLD_H

#include <stddef.h>
#include <stdint.h>

/*
 * Names as rules compare them: two names that some file system or reader could
 * take for the same have the same folded form.
 *
 * Folded are: the case of the letters of the basic plane; accents (both the
 * composed letter and the combining mark, NFC and NFD, give the same, but for
 * Hangul); the compatibility forms of ASCII (full-width, mathematical,
 * circled, letterlike, ligatures: what NFKC makes ASCII of). Left out are all
 * default-ignorable characters (zero width, variation selectors, tags). At the
 * end of a name, dots and spaces are left out and the NTFS stream suffix
 * "::$DATA" is, as Windows' file systems do. Bytes that are not valid UTF-8
 * stay as they are: they are characters of their own, and equal to no other.
 *
 * Folding loses distinctions, so it can only make a rule match more. Not
 * covered: 8.3 short names, which the file system alone knows.
 */
#define FOLD_SMALL 512
#define FOLD_DEPTH 32

struct fold_part {
	const char *s;		/* of a component, not NUL-ended */
	size_t len;
};

struct folded {
	char *s;		/* components joined by '/' */
	size_t len;
	struct fold_part *part;
	size_t n;
	/* private */
	struct fold_part few[FOLD_DEPTH];
	char small[FOLD_SMALL];
};

/* Of a clean path (util/path.h). 0 or -ENOMEM. */
int fold_path(struct folded *f, const char *path, size_t len);
void fold_release(struct folded *f);

/*
 * Of one character or undecodable byte at s (len > 0): how many bytes it has;
 * out gets its folded form, of *n bytes (0 to 4).
 */
size_t fold_char(const char *s, size_t len, char out[4], size_t *n);

/* The length without what is left out at the end of a name; never 0. */
size_t fold_trim(const char *s, size_t len);

#endif
