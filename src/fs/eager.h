/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_EAGER_H
#define FS_EAGER_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * Whether a listing should bring the attributes of its files along.
 *
 * READDIRPLUS may give each entry bare, as name and type. A walk for names
 * (find, a shell's completion) is nearly three times as fast with files given
 * bare: nothing is looked up below, and the kernel makes no inode. A walk that
 * opens or examines files (grep, tar, ls -l) is faster with attributes, since
 * else it sends a LOOKUP for each. So listings begin bare, and what follows
 * decides: once more than half of the files listed bare were looked up
 * afterwards, listings bring attributes; one in EAGER_PROBE stays bare all the
 * same, to see when that ends.
 *
 * For each READDIRPLUS: eager_begin, and eager_end with the number of files that
 * were given bare. For each LOOKUP that found a file: eager_lookup. All may be
 * called from any thread; the counts are approximate, and a wrong guess costs
 * time only. Zero bytes are a fresh struct.
 */
#define EAGER_PROBE 16
#define EAGER_DIRS 256

struct eager {
	/* private */
	atomic_uint bare, asked, turn;
	_Atomic uint64_t dirs[EAGER_DIRS];	/* lately listed bare */
};

/* 1: attributes for files too; 0: bare. */
int eager_begin(struct eager *e);
void eager_end(struct eager *e, uint64_t dir, unsigned bare);
void eager_lookup(struct eager *e, uint64_t dir);

#endif
