/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/old.h"

#include <stdlib.h>
#include <time.h>

#include "cli/out.h"
#include "cli/opt.h"
#include "cli/room.h"
#include "cli/snap.h"
#include "cli/use.h"
#include "session/delta.h"
#include "session/session.h"
#include "session/usage.h"
#include "util/esc.h"
#include "util/json.h"
#include "util/when.h"

#define A_DAY 86400

struct old {
	const struct session *s;
	struct usage use;
	long changes;		/* -1 where that cannot be told */
	int gone;
};

struct olds {
	struct old *at;
	size_t n, gone;
	uint64_t bytes;
};

static long count_changes(const struct session *s)
{
	struct delta_list list = { NULL, 0 };
	struct err err = ERR_INIT;
	struct use u = { 0 };
	long n = -1;

	if (!use_open_session(&u, s->id, USE_LAYER, &err) &&
	    !delta_list(u.layer, &list, &err))
		n = (long)list.n;
	delta_list_release(&list);
	use_close(&u);
	return n;
}

/* A session of the future, by a clock that jumped, is not old. */
static int gather(struct olds *o, const struct session_list *list, time_t before)
{
	o->at = calloc(list->n + 1, sizeof(*o->at));
	if (!o->at)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		struct old *x = &o->at[o->n];

		*x = (struct old){ .s = list->at[i] };
		if (x->s->format < 1 || x->s->format > SESSION_FORMAT ||
		    session_is_mounted(x->s) ||
		    usage_of(x->s, &x->use, NULL) || x->use.last >= before)
			continue;
		x->changes = count_changes(x->s);
		o->bytes += x->use.bytes;
		o->n++;
	}
	return 0;
}

static void print_one(const struct old *o)
{
	char when[32], size[ROOM_SIZE], changes[24] = "?";

	snap_time(o->use.last, when);
	if (o->changes >= 0)
		snprintf(changes, sizeof(changes), "%ld", o->changes);
	printf("%s  %s  %8s  %7s changes  ", o->s->id, when,
	       room_size(o->use.bytes, size), changes);
	esc_puts(stdout, o->s->name ? o->s->name : "-");
	fputs("  ", stdout);
	esc_puts(stdout, o->s->workspace);
	putchar('\n');
}

static int destroy(struct old *o, struct err *err)
{
	struct use u = { 0 };
	int r = use_open_session(&u, o->s->id, USE_SESSION, err);

	if (!r)
		r = session_lock(u.session, err);
	if (!r)
		r = session_destroy(u.session, err);
	o->gone = !r;
	use_close(&u);
	return r;
}

static int print_json(const struct olds *o)
{
	json_t *root = json_object(), *all = json_array();
	int r;

	for (size_t i = 0; i < o->n; i++) {
		json_t *x = json_object();

		json_object_set_new(x, "id", json_string(o->at[i].s->id));
		jout_name(x, "name", o->at[i].s->name);
		jout_name(x, "workspace", o->at[i].s->workspace);
		json_object_set_new(x, "bytes", json_integer(
				    (json_int_t)o->at[i].use.bytes));
		json_object_set_new(x, "changes", o->at[i].changes < 0 ?
				    json_null() :
				    json_integer(o->at[i].changes));
		json_object_set_new(x, "removed", json_boolean(o->at[i].gone));
		json_array_append_new(all, x);
	}
	json_object_set_new(root, "schema", json_string("scrim.discard-old/1"));
	json_object_set_new(root, "sessions", all);
	r = jout_print(stdout, root);
	json_decref(root);
	return r ? out_fail("out of memory") : STATUS_DONE;
}

static int go(struct olds *o)
{
	struct err err = ERR_INIT;
	char size[ROOM_SIZE];
	int status = STATUS_DONE;

	for (size_t i = 0; i < o->n && !opt_common.json; i++)
		print_one(&o->at[i]);
	fflush(stdout);
	if (o->n && !out_ask("Destroy %zu session%s (%s) for good?", o->n,
			     o->n == 1 ? "" : "s", room_size(o->bytes, size)))
		return out_fail("nothing was dropped; --yes does it without"
				" asking");
	for (size_t i = 0; i < o->n; i++) {
		if (destroy(&o->at[i], &err))
			status = out_err(&err);
		o->gone += (size_t)o->at[i].gone;
	}
	if (opt_common.json)
		return print_json(o) ? STATUS_FAILED : status;
	printf("dropped %zu session%s\n", o->gone, o->gone == 1 ? "" : "s");
	return status;
}

int old_discard(const char *duration)
{
	struct session_list list = { NULL, 0 };
	struct olds o = { NULL, 0, 0, 0 };
	struct err err = ERR_INIT;
	int status;
	long age;

	if (when_duration(duration, A_DAY, &age, &err))
		return out_usage("discard", "%s", err.msg);
	if (session_list(opt_common.state_dir, &list, &err))
		return out_err(&err);
	status = gather(&o, &list, time(NULL) - age) ?
		 out_fail("out of memory") : go(&o);
	free(o.at);
	session_list_release(&list);
	return status;
}
