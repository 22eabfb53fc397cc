/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITBOUND_H
#define REVIEW_GITBOUND_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bounds a directory of a cache: removes the files that were written longest
 * ago until there are at most so many, of so many bytes together.
 */
void gitbound_prune(int dirfd, size_t files, uint64_t bytes);

#endif
