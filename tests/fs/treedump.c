/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * treedump [-x] [-s SECONDS] DIR: prints a tree by tree_write; -x exactly, -s
 * with mtimes since that time as "recent".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

int main(int argc, char **argv)
{
	time_t since = (time_t)1 << 40;
	int c, r, flags = 0;

	while ((c = getopt(argc, argv, "xs:")) != -1) {
		if (c == 'x')
			flags |= TREE_EXACT;
		else if (c == 's')
			since = atoll(optarg);
		else
			return 2;
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: treedump [-x] [-s SECONDS] DIR\n");
		return 2;
	}
	r = tree_write(stdout, argv[optind], flags, since);
	if (r)
		fprintf(stderr, "%s: %s\n", argv[optind], strerror(-r));
	return r ? 1 : 0;
}
