/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/changes.h"

#include <errno.h>
#include <stdlib.h>

#include "scan/policy.h"
#include "util/each.h"

static int judge_path(struct changes *c, size_t i)
{
	int r = risk_of_path(c->risks, c->list.at[i].path, &c->risk[i]);

	c->classes[i] = c->risk[i].classes;
	return r;
}

int changes_judge(struct changes *c, size_t i)
{
	int r;

	risk_release(&c->risk[i]);
	r = risk_of(c->risks, &c->source, &c->list.at[i], &c->risk[i]);
	c->classes[i] = c->risk[i].classes;
	return r;
}

/*
 * What is dangerous is said by the shipped and the user's rules, also in a
 * session that was mounted with --rules. A workspace's file adds none of these.
 */
static int load_risks(struct changes *c, struct err *err)
{
	struct policy_sources src = { .workspace_fd = -1 };
	int r = 0;

	if (c->use.own_rules)
		r = policy_load(&c->shipped, &src, err);
	return r ? r : risks_new(&c->risks, policy_rules(c->shipped ?
				 c->shipped : c->use.policy), err);
}

static int judge_after(void *payload, size_t i, struct err *err)
{
	return changes_judge(payload, i + 1);
}

static int judge_all(struct changes *c, int lazy)
{
	int r = 0;

	for (size_t i = 0; lazy && !r && i < c->list.n; i++)
		r = judge_path(c, i);
	if (lazy || !c->list.n)
		return r;
	/* the first makes what all share */
	r = changes_judge(c, 0);
	return r ? r : each_of(c->list.n - 1, 0, judge_after, c, NULL, NULL);
}

int changes_judge_all(struct changes *c, int lazy, struct err *err)
{
	int r = c->list.n ? load_risks(c, err) : 0;

	if (r)
		return r;
	c->risk = calloc(c->list.n + 1, sizeof(*c->risk));
	c->classes = calloc(c->list.n + 1, sizeof(*c->classes));
	if (!c->risk || !c->classes)
		return err_set(err, -ENOMEM, "out of memory");
	r = judge_all(c, lazy);
	return r ? err_errno(err, r, "cannot judge the changes") : 0;
}
