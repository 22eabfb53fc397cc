/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/doctor.h"
#include "cli/opt.h"
#include "session/control.h"
#include "session/session.h"
#include "util/json.h"

/* What holds for the daemon of each view that is mounted now. */

/* The names of what does not hold, with commas between them. */
static void add_missing(const json_t *confined, struct buf *out)
{
	const char *name;
	json_t *held;

	json_object_foreach((json_t *)confined, name, held)
		if (!json_is_true(held))
			buf_addf(out, "%s%s", out->len ? ", " : "", name);
}

/* 1 where the daemon answered. */
static int ask(const struct session *listed, struct buf *missing)
{
	struct session_where where = { .state_dir = opt_common.state_dir,
				       .session = listed->id };
	struct buf text = BUF_INIT;
	struct session *s = NULL;
	json_t *all = NULL, *confined = NULL;

	if (!session_open(&s, &where, NULL) && session_is_mounted(s) &&
	    !control_call(s, CONTROL_COUNTERS, NULL, 0, &text, NULL))
		all = json_loadb(text.ptr, text.len, 0, NULL);
	confined = json_object_get(all, "confined");
	if (json_is_object(confined))
		add_missing(confined, missing);
	else if (all)
		buf_addstr(missing, "all of it");
	session_close(s);
	buf_release(&text);
	json_decref(all);
	return confined || all;
}

void doctor_daemon(struct finding *f)
{
	struct session_list list = { NULL, 0 };
	struct buf missing = BUF_INIT;
	size_t mounted = 0;

	if (!session_list(opt_common.state_dir, &list, NULL))
		for (size_t i = 0; i < list.n && !missing.len; i++)
			if (list.at[i]->format > 0)
				mounted += (size_t)ask(list.at[i], &missing);
	if (missing.len)
		doctor_say(f, DOCTOR_WEAK, "the daemon of a mounted view is not "
			   "held by: %s", missing.ptr);
	else if (mounted)
		doctor_say(f, DOCTOR_OK, "%zu mounted: landlock, no_new_privs, "
			   "no core file, not dumpable", mounted);
	else
		doctor_say(f, DOCTOR_OK, "no view is mounted now");
	session_list_release(&list);
	buf_release(&missing);
}
