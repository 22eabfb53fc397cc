/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/group.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/use.h"
#include "review/apply.h"
#include "review/undo.h"
#include "session/group.h"
#include "util/buf.h"
#include "util/esc.h"
#include "util/path.h"

struct member {
	const struct session *s;
	struct part part;
	char **argv;		/* the operands that lie in it; ended by NULL */
	int argc;
	int skip;		/* not asked for */
};

struct group {
	const struct command *c;
	struct session_list list;
	struct member *at;
	size_t n, asked;
};

void group_heading(FILE *f)
{
	if (!opt_common.part)
		return;
	fputs("# ", f);
	esc_puts(f, opt_common.part->workspace);
	fputc('\n', f);
}

/* ========== which parts ========== */

static int is_in(const struct session *s, const char *path)
{
	char *mnt = session_mountpoint(s);
	int in = path_is_below(path, s->workspace + 1) ||
		 (mnt && path_is_below(path, mnt + 1));

	free(mnt);
	return in;
}

/* By the text alone, as changes_path does it. */
static int clean_operand(const char *arg, struct buf *out)
{
	struct buf joined = BUF_INIT;
	char cwd[PATH_MAX] = "";
	int r = 0;

	if (*arg != '/' && !getcwd(cwd, sizeof(cwd)))
		r = -errno;
	buf_addf(&joined, "%s/%s", cwd, arg);
	buf_clear(out);
	if (!r)
		r = path_clean(joined.ptr + strspn(joined.ptr, "/"), out);
	buf_release(&joined);
	return r;
}

static int place_operand(struct group *g, char *arg)
{
	struct buf path = BUF_INIT;
	int found = 0;

	if (!clean_operand(arg, &path))
		for (size_t i = 0; i < g->n && !found; i++) {
			struct member *m = &g->at[i];

			found = is_in(m->s, path.ptr);
			if (found)
				m->argv[m->argc++] = arg;
		}
	buf_release(&path);
	return found ? 0 : out_fail("%s is in none of the session's workspaces;"
				    " scrim list shows them", arg);
}

static int choose_members(struct group *g, int argc, char **argv)
{
	int paths = g->c->group == GROUP_PATHS ||
		    g->c->group == GROUP_TOGETHER, status = 0;

	for (size_t i = 0; i < g->n; i++) {
		g->at[i].argv = calloc((size_t)argc + 1, sizeof(*argv));
		if (!g->at[i].argv)
			return out_fail("out of memory");
		for (int k = 0; k < argc && !paths; k++)
			g->at[i].argv[g->at[i].argc++] = argv[k];
	}
	for (int k = 0; k < argc && paths && !status; k++)
		status = place_operand(g, argv[k]);
	for (size_t i = 0; i < g->n; i++) {
		g->at[i].skip = argc && !g->at[i].argc;
		g->asked += !g->at[i].skip;
	}
	return status;
}

/* ========== one after the other ========== */

/* sep goes before it where it is JSON, or one of several texts. */
static int run_member(struct group *g, struct member *m, enum part_step step,
		      const char *sep)
{
	int status;

	m->part.workspace = m->s->workspace;
	m->part.step = step;
	m->part.json = 0;
	opt_common.session = m->s->id;
	opt_common.part = g->asked > 1 ? &m->part : NULL;
	fputs(sep, stdout);
	status = g->c->fn(m->argc, m->argv);
	if (opt_common.json && opt_common.part && step != PART_REHEARSE &&
	    !m->part.json)
		fputs("null\n", stdout);
	return status;
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

/*
 * Each that is asked for, as one array where it is JSON. What fails at PART_DO
 * ends it; *end is the number of that part.
 */
static int run_each(struct group *g, enum part_step step, size_t *end)
{
	int status = STATUS_DONE, json = opt_common.json && g->asked > 1;
	const char *next = json ? ",\n" : g->c->flags & CMD_PAGED ? "\n" : "";
	const char *sep = json ? "[\n" : "";
	size_t i;

	if (step == PART_REHEARSE)
		sep = next = "";
	for (i = 0; i < g->n; i++) {
		struct member *m = &g->at[i];

		if (m->skip)
			continue;
		status = worse(status, run_member(g, m, step, sep));
		sep = next;
		if (step == PART_DO && !m->part.done)
			break;
	}
	if (json && step != PART_REHEARSE)
		fputs("]\n", stdout);
	*end = i;
	return status;
}

/* ========== all or none ========== */

static void take_back(struct group *g, size_t end)
{
	char number[16], *argv[] = { number, NULL };

	opt_common.part = NULL;
	for (size_t i = end; i-- > 0;) {
		struct member *m = &g->at[i];

		if (!m->part.job)
			continue;
		snprintf(number, sizeof(number), "%u", m->part.job);
		opt_common.session = m->s->id;
		out_warn("%s: taken back, since not all could be done",
			 m->s->workspace);
		command_find("undo")->fn(1, argv);
	}
}

static int do_all(struct group *g)
{
	struct timespec now;
	size_t end;
	int status;

	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < g->n; i++)
		g->at[i].part.together = (uint64_t)now.tv_sec * 1000000000 +
					 (uint64_t)now.tv_nsec;
	status = run_each(g, PART_DO, &end);
	if (end < g->n)
		take_back(g, end);
	return status;
}

static int run_together(struct group *g)
{
	size_t n = 0, end;
	int ask = 0, status;

	if (g->asked == 1)
		return run_each(g, PART_PLAIN, &end);
	status = run_each(g, PART_REHEARSE, &end);
	if (status != STATUS_DONE) {
		if (opt_common.json)
			run_each(g, PART_REFUSED, &end);
		return status;
	}
	for (size_t i = 0; i < g->n; i++) {
		n += g->at[i].part.n;
		ask |= g->at[i].part.ask;
	}
	if (ask && !out_ask("%s %zu change%s in %zu workspaces?", g->c->verb, n,
			    n == 1 ? "" : "s", g->asked))
		return out_fail("nothing was done; --yes does it without"
				" asking");
	opt_common.yes |= ask;
	return do_all(g);
}

/* ========== undo ========== */

/* When the last job was that can be undone; 0 for none. */
static int last_stamp(const struct member *m, uint64_t *stamp)
{
	struct use u = { 0 };
	struct job j = JOB_NONE;
	struct err err = ERR_INIT;
	struct where w = { .ws = -1 };
	int r = use_open_session(&u, m->s->id, USE_SESSION, &err);

	*stamp = 0;
	if (r)
		goto out;
	w.state = u.session->fd;
	if (apply_is_pending(&w))
		r = err_set(&err, -EBUSY, "an apply was cut short; run scrim"
			    " apply --recover first");
	else
		r = undo_last(&w, &j, &err);
	if (!r)
		*stamp = j.together ? j.together :
			 (uint64_t)j.when * 1000000000;
	if (r == -ENOENT)
		r = 0;
	job_release(&j);
out:
	use_close(&u);
	return r ? out_err(&err) : STATUS_DONE;
}

static int run_undo(struct group *g)
{
	uint64_t *stamp = calloc(g->n + 1, sizeof(*stamp)), newest = 0;
	size_t end;
	int status = stamp ? STATUS_DONE : out_fail("out of memory");

	for (size_t i = 0; i < g->n && !status; i++) {
		status = last_stamp(&g->at[i], &stamp[i]);
		newest = stamp[i] > newest ? stamp[i] : newest;
	}
	g->asked = 0;
	for (size_t i = 0; i < g->n && !status; i++) {
		g->at[i].skip = !newest || stamp[i] != newest;
		g->asked += !g->at[i].skip;
	}
	free(stamp);
	if (!status && !newest)
		return out_fail("nothing was applied that could be undone");
	return status ? status : run_each(g, PART_PLAIN, &end);
}

/* ========== */

static int run_group(struct group *g, int argc, char **argv)
{
	int status = choose_members(g, argc, argv);
	size_t end;

	if (status)
		return status;
	if (g->c->group == GROUP_TOGETHER)
		return run_together(g);
	if (g->c->group == GROUP_UNDO)
		return run_undo(g);
	return run_each(g, PART_PLAIN, &end);
}

int group_command(const struct command *c, int argc, char **argv)
{
	const char *session = opt_common.session;
	struct session_where where = { opt_common.state_dir, session, NULL };
	struct group g = { .c = c };
	struct err err = ERR_INIT;
	int status;

	if (c->group == GROUP_ONE || (c->alone && c->alone()) ||
	    (c->group == GROUP_UNDO && argc))
		return c->fn(argc, argv);
	if (group_parts(&where, &g.list, &err))
		return out_err(&err);
	if (!g.list.n)
		return c->fn(argc, argv);
	g.n = g.list.n;
	g.at = calloc(g.n, sizeof(*g.at));
	for (size_t i = 0; g.at && i < g.n; i++)
		g.at[i].s = g.list.at[i];
	status = g.at ? run_group(&g, argc, argv) : out_fail("out of memory");
	for (size_t i = 0; g.at && i < g.n; i++)
		free(g.at[i].argv);
	free(g.at);
	session_list_release(&g.list);
	opt_common.session = session;
	opt_common.part = NULL;
	return status;
}
