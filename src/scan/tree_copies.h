/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_TREE_COPIES_H
#define SCAN_TREE_COPIES_H

#include "scan/tree.h"

/*
 * Copies of secrets of other files, as findings. Private to the scan of a tree.
 *
 * Calls fn for each that is in the file at fd and does not overlap one of f's
 * findings, with its line and column, and its text until fn returns.
 */
int tree_copies(const struct tree_scan *t, const struct tree_file *f, int fd,
		scan_fn fn, void *payload);

#endif
