/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_WORDY_H
#define SCAN_WORDY_H

#include <stddef.h>

/*
 * Tells words from random letters, by how likely each letter follows the one
 * before it in English prose and identifiers.
 */

/*
 * Mean surprise, in tenths of a bit per letter after the first, of the letters
 * of s (others are stepped over and begin anew): words have 28 to 45, random
 * letters 55 to 70. -1 where there are fewer than two letters in a row.
 */
int wordy_surprise(const char *s, size_t len);

/*
 * 1 where all runs of letters look like words or common abbreviations: of
 * camelCase and snake_case each part by itself.
 */
int wordy_all(const char *s, size_t len);

#endif
