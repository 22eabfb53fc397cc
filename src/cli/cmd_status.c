/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/commits.h"
#include "cli/room.h"
#include "review/folding.h"
#include "session/session.h"
#include "util/esc.h"
#include "util/json.h"

#define IGNORED_NAMED 4		/* of what git ignores, by name */
#define FOLD_LEAST 12		/* changes that make a directory worth folding */

static int all;

static const struct opt options[] = {
	OPT_FLAG('a', "all", &all, "list what is in new directories, too"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_JSON,
	OPT_END,
};

struct status_view {
	struct changes *c;
	struct strlist paths;
	struct fold *folds;
	char *keep;
	size_t shown, moved, attempts;
	int hide;		/* what git ignores is counted only */
	struct commits commits;
	unsigned ask;		/* classes that apply will ask for */
};

/* ========== Gathering ========== */

static int is_listed(const struct status_view *v, size_t i)
{
	return !v->c->consumed[i] &&
	       changes_is_asked(&v->c->list.at[i], &v->paths);
}

static int gather(struct status_view *v, struct err *err)
{
	const struct changes *c = v->c;
	struct err why = ERR_INIT;

	v->hide = !all && !v->paths.n;
	v->keep = calloc(c->list.n + 1, 1);
	if (!v->keep)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < c->list.n; i++) {
		unsigned ask = c->classes[i] & risk_at_least(RISK_ASK);

		v->keep[i] = ask || all || c->list.at[i].flags &
			     (DELTA_BASE_MOVED | DELTA_SHADOW);
		if (!is_listed(v, i))
			continue;
		v->shown++;
		v->ask |= ask;
		v->moved += (c->list.at[i].flags & DELTA_BASE_MOVED) != 0 &&
			    !changes_is_dir(&c->list.at[i]);
	}
	v->attempts = changes_attempts(c);
	if (commits_read(c, &v->commits, &why))
		out_warn("%s", why.msg);
	if (changes_look(v->c) ||
	    fold_deltas(&c->list, FOLD_LEAST, v->keep, !all && !v->paths.n,
			&v->folds))
		return err_set(err, -ENOMEM, "out of memory");
	return 0;
}

/* ========== Text ========== */

static void put_name(const char *s)
{
	esc_puts(stdout, s);
}

static void print_size(unsigned long long bytes)
{
	char text[ROOM_SIZE];

	fputs(room_size(bytes, text), stdout);
}

static enum out_style style_of(int level)
{
	return level == RISK_HARD ? OUT_RED : level == RISK_ASK ? OUT_YELLOW :
	       OUT_DIM;
}

static void print_marks(const struct risk *k)
{
	for (size_t i = 0; i < k->n; i++) {
		enum risk_class class = k->at[i].class;

		printf("      %s%s%s: ", out_style(style_of((int)
			risk_classes[class].level)), risk_classes[class].name,
			out_style(OUT_PLAIN));
		put_name(k->at[i].why);
		putchar('\n');
	}
}

static void print_remarks(const struct delta *d)
{
	if (d->flags & DELTA_SHADOW)
		puts("      a protected file of yours has this name");
	if (d->flags & DELTA_KEEPS)
		puts("      stays: protected files are in it");
	if (d->flags & DELTA_BASE_MOVED && !changes_is_dir(d))
		puts(d->now.st_mode ? "      you have changed it since" :
		     d->base.st_mode ? "      you have removed it since" :
		     "      changed since");
}

static void print_repository(const struct status_view *v, size_t i)
{
	const char *path = v->c->list.at[i].path;
	struct buf name = BUF_INIT;

	esc_add(&name, path, v->folds[i].git, ESC_NAME);
	printf("  %s*%s  %s/  (%zu change%s inside of the repository; --all"
	       " lists %s)\n", out_style(OUT_RED), out_style(OUT_PLAIN),
	       name.ptr, v->folds[i].files + 1, v->folds[i].files ? "s" : "",
	       v->folds[i].files ? "them" : "it");
	buf_release(&name);
	print_marks(&v->c->risk[i]);
}

/* A rename that is only guessed. */
static int print_similar(const struct status_view *v, size_t i)
{
	const struct similar *s = &v->c->similar[i];

	if (s->other == SIMILAR_NONE || v->c->list.at[i].kind != DELTA_ADD)
		return 0;
	printf("  %sR%s  ", out_style(OUT_CYAN), out_style(OUT_PLAIN));
	put_name(v->c->list.at[s->other].path);
	fputs(" -> ", stdout);
	put_name(v->c->list.at[i].path);
	printf("  (%d %% alike)\n", s->score);
	print_remarks(&v->c->list.at[s->other]);
	print_remarks(&v->c->list.at[i]);
	print_marks(&v->c->risk[s->other]);
	print_marks(&v->c->risk[i]);
	return 1;
}

static void print_change(const struct status_view *v, size_t i)
{
	const struct delta *d = &v->c->list.at[i];

	if (v->folds[i].git) {
		print_repository(v, i);
		return;
	}

	if (print_similar(v, i))
		return;
	printf("  %s%c%s  ", out_style(d->kind == DELTA_DELETE ? OUT_RED :
	       d->kind == DELTA_ADD ? OUT_GREEN : OUT_CYAN), d->kind,
	       out_style(OUT_PLAIN));
	if (d->kind == DELTA_RENAME) {
		put_name(d->origin);
		fputs(" -> ", stdout);
	}
	put_name(d->path);
	if (changes_is_dir(d))
		putchar('/');
	if (d->symlink) {
		fputs(" => ", stdout);
		put_name(d->symlink);
	}
	if (v->folds[i].files) {
		printf("  (%zu changes in it, ", v->folds[i].files);
		print_size(v->folds[i].bytes);
		putchar(')');
	}
	if (d->link_to) {
		fputs("  (another name of ", stdout);
		put_name(d->link_to);
		putchar(')');
	}
	for (size_t k = 0; k < d->n_also; k++) {
		fputs(k ? ", " : "  (also ", stdout);
		put_name(d->also[k]);
	}
	puts(d->n_also ? ")" : "");
	print_remarks(d);
	print_marks(&v->c->risk[i]);
}

static int is_hidden(const struct status_view *v, size_t i)
{
	return v->hide && v->c->ignored[i] && !v->keep[i];
}

/* The old end of a guessed rename, where the new one has a line. */
static int is_told_elsewhere(const struct status_view *v, size_t i)
{
	size_t a = v->c->similar[i].other;

	return changes_is_old_name(v->c, i) && is_listed(v, a) &&
	       v->folds[a].into == a && !is_hidden(v, a);
}

static void print_ignored(const struct status_view *v)
{
	unsigned long long bytes = 0;
	size_t n = 0, named = 0;

	for (size_t i = 0; i < v->c->list.n; i++)
		if (is_listed(v, i) && is_hidden(v, i)) {
			n++;
			if (S_ISREG(v->c->list.at[i].st.st_mode))
				bytes += (unsigned long long)
					 v->c->list.at[i].st.st_size;
		}
	if (!n)
		return;
	printf("\n  %zu change%s of files that git ignores, ", n,
	       n == 1 ? "" : "s");
	print_size(bytes);
	printf(" (--all lists %s):", n == 1 ? "it" : "them");
	for (size_t i = 0; i < v->c->list.n && named < IGNORED_NAMED; i++) {
		if (!is_listed(v, i) || !is_hidden(v, i) ||
		    v->folds[i].into != i)
			continue;
		putchar(' ');
		put_name(v->c->list.at[i].path);
		if (changes_is_dir(&v->c->list.at[i]))
			putchar('/');
		named++;
	}
	puts(named == IGNORED_NAMED ? " ..." : "");
}

/* The commands are for the session that was asked for. */
static void print_next(const struct status_view *v)
{
	struct buf words = BUF_INIT, name = BUF_INIT;
	const char *of;

	if (opt_common.session)
		buf_addf(&name, " -s %s", opt_common.session);
	of = name.len ? name.ptr : "";

	for (int i = 0; i < RISK_N; i++)
		if (v->ask & 1u << i && risk_classes[i].level == RISK_ASK)
			buf_addf(&words, "%s%s", words.len ? "," : "",
				 risk_classes[i].name);
	if (v->moved)
		printf("\nYou have changed %zu of these files since; apply"
		       " merges what it can.\n", v->moved);
	if (v->attempts)
		printf("\nThe agent asked %zu time%s for what is kept from it:"
		       " scrim log%s --attempts\n", v->attempts,
		       v->attempts == 1 ? "" : "s", of);
	printf("\nnext: scrim diff%s      look at the changes\n"
	       "      scrim apply%s     take them\n"
	       "      scrim discard%s   drop them\n", of, of, of);
	if (words.len)
		printf("      scrim apply%s --allow %s    the dangerous ones,"
		       " too\n", of, words.ptr);
	buf_release(&words);
	buf_release(&name);
}

static void print_text(const struct status_view *v)
{
	const struct changes *c = v->c;
	char *mnt = session_mountpoint(c->use.session);

	printf("session %s%s%s of ", out_style(OUT_BOLD), changes_name(c),
	       out_style(OUT_PLAIN));
	put_name(c->use.session->workspace);
	if (mnt) {
		fputs(", mounted at ", stdout);
		put_name(mnt);
	}
	printf(": %zu change%s\n", v->shown, v->shown == 1 ? "" : "s");
	free(mnt);
	room_print(c->use.layer, c->use.session);
	if (v->shown)
		putchar('\n');
	for (size_t k = 0; k < c->list.n; k++) {
		size_t i = c->order[k];

		if (is_listed(v, i) && v->folds[i].into == i &&
		    !is_hidden(v, i) && !is_told_elsewhere(v, i))
			print_change(v, i);
	}
	print_ignored(v);
	commits_print(&v->commits);
	if (v->shown)
		print_next(v);
}

/* ========== JSON ========== */

static const struct {
	unsigned flag;
	const char *name;
} flag_names[] = {
	{ DELTA_CONTENT, "content" },	  { DELTA_MODE, "mode" },
	{ DELTA_OWNER, "owner" },	  { DELTA_XATTR, "attributes" },
	{ DELTA_TIMES, "times" },	  { DELTA_BASE_MOVED, "base-moved" },
	{ DELTA_MASKED, "masked" },	  { DELTA_SHADOW, "shadow" },
	{ DELTA_KEEPS, "keeps-protected" },
};

static json_t *risk_json(const struct risk *k)
{
	json_t *a = json_array();

	for (size_t i = 0; i < k->n; i++) {
		static const char *const levels[] = { "note", "ask", "hard" };
		const struct risk_class_info *info =
			&risk_classes[k->at[i].class];
		json_t *o = json_object();

		json_object_set_new(o, "class", json_string(info->name));
		json_object_set_new(o, "level",
				    json_string(levels[info->level]));
		jout_name(o, "why", k->at[i].why);
		json_array_append_new(a, o);
	}
	return a;
}

static void side_json(json_t *o, const char *key, const struct stat *st)
{
	char mode[16];
	json_t *s;

	if (!st->st_mode)
		return;
	s = json_object();
	snprintf(mode, sizeof(mode), "%06o", st->st_mode);
	json_object_set_new(s, "mode", json_string(mode));
	json_object_set_new(s, "size", json_integer(st->st_size));
	json_object_set_new(o, key, s);
}

static json_t *change_json(const struct changes *c, size_t i)
{
	const struct delta *d = &c->list.at[i];
	json_t *o = json_object(), *flags = json_array();
	char kind[2] = { (char)d->kind, '\0' };

	jout_name(o, "path", d->path);
	json_object_set_new(o, "kind", json_string(kind));
	if (d->origin)
		jout_name(o, "origin", d->origin);
	if (d->symlink)
		jout_name(o, "target", d->symlink);
	if (d->link_to)
		jout_name(o, "link_to", d->link_to);
	jout_names(o, "also", d->also, d->n_also);
	for (size_t k = 0; k < sizeof(flag_names) / sizeof(*flag_names); k++)
		if (d->flags & flag_names[k].flag)
			json_array_append_new(flags,
					      json_string(flag_names[k].name));
	if (c->ignored[i])
		json_array_append_new(flags, json_string("ignored"));
	json_object_set_new(o, "flags", flags);
	if (c->similar[i].other != SIMILAR_NONE)
		json_object_set_new(o, "similar", changes_similar_json(c, i));
	side_json(o, "old", &d->base);
	side_json(o, "new", &d->st);
	json_object_set_new(o, "risk", risk_json(&c->risk[i]));
	return o;
}

static int print_json(const struct status_view *v)
{
	json_t *root = json_object(), *list = json_array();
	char *mnt = session_mountpoint(v->c->use.session);
	int r;

	json_object_set_new(root, "schema", json_string("scrim.status/1"));
	json_object_set_new(root, "session", changes_session_json(v->c));
	jout_name(root, "mountpoint", mnt);
	json_object_set_new(root, "room", room_json(v->c->use.layer,
						    v->c->use.session));
	json_object_set_new(root, "attempts",
			    json_integer((json_int_t)v->attempts));
	for (size_t k = 0; k < v->c->list.n; k++)
		if (is_listed(v, v->c->order[k]))
			json_array_append_new(list, change_json(v->c,
							v->c->order[k]));
	json_object_set_new(root, "changes", list);
	json_object_set_new(root, "commits", commits_json(&v->commits));
	r = jout_print(stdout, root);
	json_decref(root);
	free(mnt);
	return r;
}

static int status(int argc, char **argv)
{
	struct changes c = CHANGES_INIT;
	struct status_view v = { .c = &c };
	struct err err = ERR_INIT;
	int ret = STATUS_DONE;

	if (changes_open(&c, CHANGES_LIST, &err) ||
	    changes_paths(&c, argv, &v.paths, &err) || gather(&v, &err))
		ret = out_err(&err);
	else if (!opt_common.json)
		print_text(&v);
	else if (print_json(&v))
		ret = out_fail("out of memory");
	strlist_release(&v.paths);
	commits_release(&v.commits);
	free(v.folds);
	free(v.keep);
	changes_close(&c);
	return ret;
}

const struct command cmd_status = {
	.name = "status",
	.fn = status,
	.args = "[PATH...]",
	.summary = "say what the agent changed, the dangerous first",
	.about = "Changes are A(dded), D(eleted), M(odified), R(enamed) or of"
		 " another T(ype).\nWhat is dangerous about one stands below it;"
		 " apply asks for such changes by class.",
	.options = options,
	.group = GROUP_PATHS,
	.min = 0,
	.max = -1,
	.flags = CMD_PAGED,
};
