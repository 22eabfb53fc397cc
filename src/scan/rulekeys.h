/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_RULEKEYS_H
#define SCAN_RULEKEYS_H

#include "scan/ruleset.h"

/*
 * The keys of a rule's section: one table that says which key belongs to which
 * kind of rule and how its value is read. Private to the ruleset.
 */

/* A key is known by its place in the table: fewer than 64. */
#define RULEKEY_MAX 64

/* The place of a key; -EINVAL with err saying that there is none. */
int rulekey_find(const char *name, struct err *err);

/* -EINVAL with what is wrong in err, -ENOMEM. */
int rule_check_glob(const char *glob, struct err *err);

/* Reads a value into the rule. */
int rulekey_set(int key, struct rule *r, const char *value, struct err *err);

/*
 * Once all keys of a rule are read (seen has their bits): whether they make a
 * whole rule of its kind. Compiles what has to be compiled.
 */
int rule_finish(struct rule *r, unsigned long long seen, struct err *err);

void rule_release(struct rule *r);

#endif
