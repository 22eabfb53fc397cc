/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_RANGES_H
#define REVIEW_RANGES_H

#include <stddef.h>

#include "util/err.h"

/*
 * Numbers that a person gives: "1,3-5,7-" of things that are counted from 1.
 *
 * in[i] becomes 1 for each number i + 1 that is named. -EINVAL, with the rule in
 * err, for another form; -ERANGE for a number over max.
 */
int ranges_parse(const char *text, size_t max, char *in, struct err *err);

/* 1 where text is of that form, whatever the numbers are. */
int ranges_is_one(const char *text);

#endif
