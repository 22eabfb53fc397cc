/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_POLICY_LOAD_H
#define SCAN_POLICY_LOAD_H

#include "scan/confirm.h"
#include "scan/policy.h"
#include "scan/ruleset.h"

/*
 * Where a policy's rules come from. Private to the policy.
 */

/* A workspace's file is read up to this size, and only if it is a plain file. */
#define WORKSPACE_RULES ".scrim.ini"
#define WORKSPACE_RULES_MAX (64u << 10)

/* All rules, in the order of their origins. */
int policy_read(struct ruleset **out, const struct policy_sources *src,
		struct err *err);

/* The rules for names of variables, made ready. rules must outlive it. */
struct env_rules;
int env_rules_new(struct env_rules **out, const struct ruleset *rules,
		  struct err *err);
void env_rules_free(struct env_rules *e);

/* The rule that calls the variable a secret (the user's first), or NULL. */
const struct rule *env_rules_find(const struct env_rules *e,
				  const struct confirm *c, const char *name,
				  const char *value);

#endif
