/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "cli/review/screen.h"
#include "util/esc.h"

/* A script of keys for review, which ends; and any bytes made safe to print. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct buf safe = BUF_INIT;
	int lines = 24, cols = 80, key;
	const char *p = text;
	size_t n = 0;

	memcpy(text, data, size);
	text[size] = '\0';
	while ((key = script_key(&p, &lines, &cols)) != SKEY_END &&
	       key != SKEY_BAD) {
		if (p > text + size || ++n > size || lines < 1 || cols < 1)
			abort();
	}
	esc_add(&safe, (const char *)data, size, ESC_NAME);
	for (size_t i = 0; i < safe.len; i++)
		if ((unsigned char)safe.ptr[i] < 0x20 || safe.ptr[i] == 0x7f)
			abort();
	buf_release(&safe);
	free(text);
	return 0;
}
