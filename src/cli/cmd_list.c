/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cmd.h"
#include "cli/room.h"
#include "cli/use.h"
#include "session/delta.h"
#include "session/session.h"
#include "session/usage.h"
#include "util/esc.h"
#include "util/json.h"

static int names_only;

static const struct opt options[] = {
	OPT_FLAG(0, "names", &names_only, "print names and ids alone"),
	OPT_STATE_DIR,
	OPT_JSON,
	OPT_END,
};

/* What is said of one session. */
struct row {
	const struct session *s;
	const char *state;
	char *mountpoint;
	struct usage use;	/* bytes 0 where that cannot be told */
	long changes;		/* -1 where that cannot be told */
};

/*
 * A rename counts as one change, as in status. A session whose workspace is
 * gone, or whose rules do not load any more, is listed all the same.
 */
static long count_changes(const struct session *s)
{
	struct delta_list list = { NULL, 0 };
	struct use u = { 0 };
	struct err err = ERR_INIT;
	long n = -1;

	if (use_open_session(&u, s->id, USE_LAYER, &err) ||
	    delta_list(u.layer, &list, &err))
		goto out;
	n = (long)list.n;
	for (size_t i = 0; i < list.n; i++)
		n -= list.at[i].kind == DELTA_RENAME;
out:
	delta_list_release(&list);
	use_close(&u);
	return n;
}

static void fill_row(struct row *r, const struct session *s)
{
	r->s = s;
	r->mountpoint = NULL;
	if (s->format < 0 || usage_of(s, &r->use, NULL))
		r->use = (struct usage){ 0, 0 };
	r->changes = s->format > 0 && s->format <= SESSION_FORMAT ?
		     count_changes(s) : -1;
	if (s->format < 0) {
		r->state = "broken";
	} else if (s->format > SESSION_FORMAT) {
		r->state = "newer";
	} else if (!session_is_mounted(s)) {
		r->state = "idle";
	} else {
		r->mountpoint = session_mountpoint(s);
		r->state = r->mountpoint ? "mounted" : "in use";
	}
}

static void print_names(const struct session_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		puts(session_label(list->at[i]));
}

/* ========== JSON ========== */

static json_t *row_json(const struct row *r)
{
	json_t *o = json_object();
	char when[32] = "";
	struct tm tm;

	json_object_set_new(o, "id", json_string(r->s->id));
	jout_name(o, "name", r->s->name);
	jout_name(o, "workspace", r->s->workspace);
	jout_name(o, "group", r->s->group);
	jout_name(o, "access", r->s->access);
	json_object_set_new(o, "state", json_string(r->state));
	jout_name(o, "mountpoint", r->mountpoint);
	if (r->s->created && gmtime_r(&r->s->created, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	jout_name(o, "created", *when ? when : NULL);
	json_object_set_new(o, "bytes", json_integer((json_int_t)r->use.bytes));
	json_object_set_new(o, "changes", r->changes < 0 ? json_null() :
			    json_integer(r->changes));
	jout_name(o, "git", r->s->git);
	json_object_set_new(o, "format", json_integer(r->s->format));
	jout_name(o, "dir", r->s->dir);
	return o;
}

/* ========== text ========== */

static const char *age(time_t created, char *out, size_t size)
{
	static const struct {
		long seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	long n = (long)(time(NULL) - created);

	if (!created)
		return "-";
	n = n < 0 ? 0 : n;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (n >= units[i].seconds || units[i].seconds == 1) {
			snprintf(out, size, "%ld%c", n / units[i].seconds,
				 units[i].unit);
			break;
		}
	return out;
}

static void print_row(const struct row *r, int name_width)
{
	enum out_style style = r->mountpoint ? OUT_GREEN :
			       r->s->format > 0 &&
			       r->s->format <= SESSION_FORMAT ? OUT_PLAIN : OUT_RED;
	char when[24], changes[24] = "-", size[ROOM_SIZE] = "-";

	if (r->changes >= 0)
		snprintf(changes, sizeof(changes), "%ld", r->changes);
	if (r->use.bytes)
		room_size(r->use.bytes, size);
	printf("%-8s  %-*s  %5s  %7s  %7s  %s%-7s%s  ", r->s->id, name_width,
	       r->s->name ? r->s->name : "-",
	       age(r->s->created, when, sizeof(when)), changes, size,
	       out_style(style), r->state, out_style(OUT_PLAIN));
	esc_puts(stdout, r->s->workspace ? r->s->workspace : r->s->dir);
	if (r->mountpoint) {
		fputs(" at ", stdout);
		esc_puts(stdout, r->mountpoint);
	}
	putchar('\n');
}

static void print_text(const struct row *rows, size_t n)
{
	int width = (int)strlen("NAME");

	for (size_t i = 0; i < n; i++)
		if (rows[i].s->name && (int)strlen(rows[i].s->name) > width)
			width = (int)strlen(rows[i].s->name);
	if (n)
		printf("%s%-8s  %-*s  %5s  %7s  %7s  %-7s  %s%s\n",
		       out_style(OUT_BOLD),
		       "ID", width, "NAME", "AGE", "CHANGES", "SIZE", "STATE",
		       "WORKSPACE",
		       out_style(OUT_PLAIN));
	for (size_t i = 0; i < n; i++)
		print_row(&rows[i], width);
}

static int print_rows(const struct row *rows, size_t n)
{
	json_t *root;
	int ret;

	if (!opt_common.json) {
		print_text(rows, n);
		return 0;
	}
	root = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(root, row_json(&rows[i]));
	ret = jout_print(stdout, root);
	json_decref(root);
	return ret;
}

/* A session that cannot be read is no reason for silence, nor for success. */
static int judge(const struct row *rows, size_t n)
{
	int status = STATUS_DONE;

	for (size_t i = 0; i < n; i++)
		if (rows[i].s->format < 0)
			status = out_fail("session %s cannot be read: look at "
					  "%s/meta.ini", rows[i].s->id,
					  rows[i].s->dir);
	return status;
}

static int list(int argc, char **argv)
{
	struct session_list list = { NULL, 0 };
	struct err err = ERR_INIT;
	struct row *rows = NULL;
	int status = STATUS_DONE;

	if (session_list(opt_common.state_dir, &list, &err))
		return out_err(&err);
	if (names_only) {
		print_names(&list);
		goto out;
	}
	rows = calloc(list.n + 1, sizeof(*rows));
	for (size_t i = 0; rows && i < list.n; i++)
		fill_row(&rows[i], list.at[i]);
	if (!rows || print_rows(rows, list.n))
		status = out_fail("out of memory");
	else
		status = judge(rows, list.n);
	for (size_t i = 0; rows && i < list.n; i++)
		free(rows[i].mountpoint);
out:
	free(rows);
	session_list_release(&list);
	return status;
}

const struct command cmd_list = {
	.name = "list",
	.fn = list,
	.args = "",
	.summary = "list the sessions, the newest first",
	.options = options,
};
