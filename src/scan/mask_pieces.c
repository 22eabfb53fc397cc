/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan/mask_make.h"
#include "scan/mask_rewrite.h"
#include "util/io.h"

#define CHUNK (1u << 20)
/* What begins before the end of a piece is whole in the next one. */
#define OVERLAP (128u << 10)

_Static_assert(OVERLAP > REWRITE_BASE64_MAX, "a piece of base64");
_Static_assert(OVERLAP > 2 * (SCAN_BEFORE + SCAN_AFTER), "a finding in UTF-16");

/* The next bytes, past holes; 0 at the end. */
static ssize_t next_piece(int fd, char *buf, size_t len, off_t *at)
{
	off_t data = lseek(fd, *at, SEEK_DATA);

	if (data < 0 && errno == ENXIO)
		return 0;
	if (data > *at)
		*at = data;
	return io_pread_full(fd, buf, len, *at);
}

int mask_pieces(int fd, off_t size, mask_piece_fn fn, void *payload)
{
	size_t room = size < (off_t)CHUNK ? (size_t)size : CHUNK;
	off_t before = lseek(fd, 0, SEEK_CUR), at = 0;
	char *buf = malloc(room + 1);
	ssize_t n = 0;
	int r = buf ? 0 : -ENOMEM;

	while (!r && at < size && (n = next_piece(fd, buf, room, &at)) > 0) {
		struct mask_piece p = { buf, (size_t)n, at };

		r = fn(payload, &p);
		at += n < (ssize_t)CHUNK ? n : (ssize_t)(CHUNK - OVERLAP);
	}
	lseek(fd, before, SEEK_SET);
	if (buf)
		explicit_bzero(buf, room);
	free(buf);
	return r ? r : n < 0 ? (int)n : 0;
}
