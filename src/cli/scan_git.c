/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/scan_git.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "review/blobs.h"

struct git_scan {
	struct scan_run *r;
	struct scan *s;
	const struct blobs_object *o;
	const char *name;		/* what stands for the path */
	struct scan_origin from;
	unsigned long long bytes;
};

static int on_finding(void *payload, const struct finding *f)
{
	struct git_scan *g = payload;

	scan_run_item(g->r, g->name, f, g->from.commit ? &g->from : NULL);
	return 0;
}

/* The rules of paths, which may ask the content too: it has no descriptor. */
static void by_path(struct git_scan *g)
{
	struct verdict v;

	if (!g->o->path)
		return;
	policy_whole_path(g->r->policy, g->o->path, strlen(g->o->path), &v);
	if (v.action >= ACTION_MASK && !v.confirm && v.rule)
		scan_run_by_path(g->r, g->name, v.rule,
				 g->from.commit ? &g->from : NULL);
}

static int on_object(void *payload, const struct blobs_object *o)
{
	struct git_scan *g = payload;
	struct scan_what what = { .path = o->path, .least = g->r->confidence,
				  .least_severity = g->r->severity,
				  .trust_comments = g->r->trust_comments,
				  .fn = on_finding, .payload = g };
	char date[32] = "", name[80];
	struct scan_result res;
	struct tm tm;
	int r;

	g->o = o;
	if (o->date && gmtime_r(&o->date, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	snprintf(name, sizeof(name), o->message ? "(message %.12s)" :
						  "(blob %.12s)", o->id);
	g->name = o->path && *o->path ? o->path : name;
	g->from = (struct scan_origin){ o->commit, o->author, date };
	if (o->error) {
		scan_run_incomplete(g->r, g->name, strerror(-o->error));
		return 0;
	}
	by_path(g);
	r = scan_mem(g->s, &what, o->data, o->len, &res);
	if (!r && res.state != SCAN_COMPLETE)
		scan_run_incomplete(g->r, g->name, scan_state_text(res.state));
	g->bytes += o->len;
	scan_run_progress(g->r, o->done, o->total, g->bytes, "objects");
	return r;
}

int scan_git(struct scan_run *r, const struct scan_git *g, struct err *err)
{
	struct git_scan scan = { .r = r };
	int ret;

	scan.s = scan_begin(policy_scanner(r->policy));
	if (!scan.s)
		return err_set(err, -ENOMEM, "out of memory");
	r->prefix = NULL;
	if (g->staged)
		ret = blobs_staged(g->dir, on_object, &scan, err);
	else if (g->since)
		ret = blobs_since(g->dir, g->since, on_object, &scan, err);
	else
		ret = blobs_all(g->dir, on_object, &scan, err);
	scan_end(policy_scanner(r->policy), scan.s);
	return ret;
}

int scan_git_hook(const char *dir, struct err *err)
{
	static const char text[] =
		"#!/bin/sh\n"
		"# Made by scrim scan --install-hook: no secret gets committed.\n"
		"# To commit all the same: git commit --no-verify\n"
		"if ! command -v scrim >/dev/null; then\n"
		"\techo 'pre-commit: scrim is not in PATH' >&2\n"
		"\texit 1\n"
		"fi\n"
		"exec scrim scan --staged\n";

	return blobs_install_hook(dir, text, err);
}
