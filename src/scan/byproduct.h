/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_BYPRODUCT_H
#define SCAN_BYPRODUCT_H

#include <stddef.h>

/*
 * Copies that editors and tools leave beside a file: ".env~", ".env.swp",
 * "#.env#", "id_rsa.bak.1699", "key.pem (copy)", "cookies.sqlite-wal". What is
 * a secret by its name stays one in these.
 */
#define BYPRODUCT_NAME_MAX 255

struct byproduct {
	const char *name;	/* of the file that it was made from */
	size_t len;
	/*
	 * The copy does not hold the same text (a swap file, compressed): what
	 * a rule would look for in the content says nothing.
	 */
	int opaque;
};

/* A return other than 0 ends the search and is passed on. */
typedef int (*byproduct_fn)(void *payload, const struct byproduct *b);

/*
 * Calls fn for each name that the file called name (folded, of len bytes) may
 * be a by-product of, names of more than BYPRODUCT_NAME_MAX bytes left out.
 */
int byproduct_each(const char *name, size_t len, byproduct_fn fn,
		   void *payload);

#endif
