/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rng.h"

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

const char *const rng_names[] = {
	"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
	"dir", "file.c", "Makefile", "README", "A", "new\nline", "\xff\xfe",
	" ", "-n", "*", "\x1b[1m", ".wh.a", ".hidden", "nf\xcc\x81", "\\",
	FIFTY FIFTY FIFTY FIFTY FIFTY "01234",	/* 255 bytes */
	FIFTY FIFTY FIFTY FIFTY FIFTY "56789",
};
const unsigned rng_n_names = sizeof(rng_names) / sizeof(*rng_names);
