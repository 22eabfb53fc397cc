/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/rules.h"
#include "scan/ruleset.h"
#include "session/origin.h"
#include "util/buf.h"
#include "util/esc.h"
#include "util/io.h"
#include "util/json.h"
#include "util/path.h"
#include "util/quiet.h"

/* One path and what is known of it. */
struct subject {
	const char *given;	/* by the user */
	struct buf path;	/* below the workspace */
	struct buf seen_at;	/* its path in the view of a session, or empty */
	int fd;			/* of its content; -1 where there is none */
	mode_t mode;		/* 0: nothing is there */
	struct verdict v;
	json_t *steps;		/* with --json */
	size_t n;		/* of the steps that were printed */
};

/* The part of full below the workspace, or below the view of it; NULL. */
static const char *part_below(const struct rules_use *u, const char *full)
{
	const char *tops[] = { u->workspace, u->mountpoint };

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		if (tops[i] && path_is_below(full + 1, tops[i] + 1))
			return full + strlen(tops[i]) +
			       (full[strlen(tops[i])] == '/');
	return NULL;
}

/* "a/b" of "/ws/a/b"; the directory resolved, the last name left as it is. */
static int locate(struct subject *s, const struct rules_use *u,
		  struct err *err)
{
	char *copy = strdup(s->given), *dir = NULL, *slash;
	struct buf full = BUF_INIT;
	const char *name;
	int r;

	if (!copy)
		return err_set(err, -ENOMEM, "out of memory");
	while ((slash = strrchr(copy, '/')) && !slash[1] && slash > copy)
		*slash = '\0';
	name = slash ? slash + 1 : copy;
	if (!strcmp(name, ".") || !strcmp(name, "..") || !*name) {
		r = path_real(copy, &dir);
		name = "";
	} else {
		if (slash)
			*slash = '\0';
		r = path_real(slash ? *copy ? copy : "/" : ".", &dir);
	}
	if (r == -ENOENT)
		r = 0;		/* then only the text says where it would be */
	else if (r)
		err_errno(err, r, "%s", s->given);
	if (!r && dir)
		buf_addf(&full, "%s%s%s", dir, *name ? "/" : "", name);
	else if (!r)
		buf_addstr(&full, s->given);
	if (!r && *full.ptr == '/') {
		name = part_below(u, full.ptr);
		r = name ? path_clean(name, &s->path) :
		    err_set(err, -EINVAL, "%s is not in the workspace %s; see "
			    "-w", s->given, u->workspace);
	} else if (!r) {
		r = path_clean(full.ptr, &s->path);
	}
	if (r && !err->code)
		err_errno(err, r, "%s", s->given);
	buf_release(&full);
	free(copy);
	free(dir);
	return r;
}

static void open_subject(struct subject *s, int wsfd)
{
	struct stat st;
	int parent = -1;

	s->fd = -1;
	s->mode = 0;
	if (!io_open_parent(wsfd, s->path.ptr, &parent) &&
	    !fstatat(parent, path_base(s->path.ptr), &st, AT_SYMLINK_NOFOLLOW))
		s->mode = st.st_mode;
	if (!s->path.len)
		s->mode = S_IFDIR;
	if (S_ISREG(s->mode) || S_ISDIR(s->mode))
		quiet_open_beneath(wsfd, s->path.ptr, O_NONBLOCK | O_NOFOLLOW,
				   &s->fd);
	io_close(&parent);
}

/* ========== how it comes about ========== */

static const char *content_word(const struct policy_step *s)
{
	static const char *const words[] = {
		[STEP_NOT_ASKED] = NULL,
		[STEP_UNKNOWN] = "the content would have to confirm it",
		[STEP_DENIED] = "but the content does not confirm it",
		[STEP_CONFIRMED] = "and the content confirms it",
	};

	return words[s->content];
}

static void put_escaped(const char *s, size_t len)
{
	struct buf b = BUF_INIT;

	esc_add(&b, s, len, ESC_NAME);
	fputs(b.ptr, stdout);
	buf_release(&b);
}

static void print_step(void *payload, const struct policy_step *step)
{
	struct subject *s = payload;
	const struct rule *r = step->rule;

	s->n++;
	fputs("    ", stdout);
	put_escaped(s->path.ptr, step->len);
	if (step->taken_for) {
		fputs(", taken for a copy of ", stdout);
		put_escaped(step->taken_for, step->taken_len);
		putchar(',');
	}
	fputs(" matches ", stdout);
	esc_puts(stdout, step->glob);
	printf(" of %s (%s, %s)\n      ", r->id, action_name(r->action),
	       rule_origin_name(r->origin));
	esc_puts(stdout, r->file);
	if (r->line)
		printf(":%d", r->line);
	if (step->except) {
		fputs("\n      but is excepted by ", stdout);
		esc_puts(stdout, step->except);
	} else if (content_word(step)) {
		printf("\n      %s", content_word(step));
	}
	putchar('\n');
}

static void gather_step(void *payload, const struct policy_step *step)
{
	static const char *const words[] = {
		[STEP_NOT_ASKED] = "not asked", [STEP_UNKNOWN] = "unknown",
		[STEP_DENIED] = "denied", [STEP_CONFIRMED] = "confirmed",
	};
	struct subject *s = payload;
	json_t *o = json_object();

	jout_bytes(o, "path", s->path.ptr, step->len);
	json_object_set_new(o, "rule", json_string(step->rule->id));
	json_object_set_new(o, "action",
			    json_string(action_name(step->rule->action)));
	json_object_set_new(o, "origin",
			    json_string(rule_origin_name(step->rule->origin)));
	jout_name(o, "glob", step->glob);
	jout_name(o, "except", step->except);
	if (step->taken_for)
		jout_bytes(o, "copy_of", step->taken_for, step->taken_len);
	json_object_set_new(o, "content", json_string(words[step->content]));
	jout_name(o, "file", step->rule->file);
	json_object_set_new(o, "line", json_integer(step->rule->line));
	json_array_append_new(s->steps, o);
}

/* ========== what comes out ========== */

static const char *verdict_word(const struct verdict *v)
{
	static const char *const words[] = {
		[ACTION_SHOW] = "shown",
		[ACTION_READONLY] = "shown, read-only",
		[ACTION_MASK] = "shown with its secrets masked",
		[ACTION_DENY] = "listed, but not readable",
		[ACTION_HIDE] = "hidden",
	};

	return words[v->action];
}

static const char *kind_word(mode_t mode)
{
	return !mode ? " (nothing is there now)" :
	       S_ISLNK(mode) ? " (a symlink; its target is judged by itself)" :
	       S_ISREG(mode) || S_ISDIR(mode) ? "" :
	       " (not a file: it is never opened)";
}

static void judge(const struct rules_use *u, struct subject *s)
{
	policy_whole_path(u->policy, s->path.ptr, s->path.len, &s->v);
	if (s->v.confirm && s->fd >= 0)
		policy_confirm(u->policy, &s->v, s->fd, s->path.ptr);
}

static int is_readable(const struct subject *s)
{
	return S_ISREG(s->mode) && s->fd >= 0 && s->v.action <= ACTION_MASK;
}

static void print_content(const struct rules_use *u, struct subject *s)
{
	enum action was = s->v.action;
	int r = rules_content(u, s->path.ptr, s->fd, &s->v, NULL);

	if (r)
		printf("    it could not be judged (%s): reading it would be "
		       "refused\n", r == -ENODATA ?
		       "nothing to mask was recognised" : strerror(-r));
	else if (was < ACTION_MASK && s->v.action == ACTION_MASK)
		puts("    its content is shown with these masked");
}

static int print_subject(const struct rules_use *u, struct subject *s)
{
	int r;

	if (s->seen_at.len) {
		esc_puts(stdout, s->seen_at.ptr);
		fputs(" is ", stdout);
	}
	esc_puts(stdout, s->path.len ? s->path.ptr : ".");
	printf(": %s%s%s%s", out_style(OUT_BOLD), verdict_word(&s->v),
	       out_style(OUT_PLAIN), kind_word(s->mode));
	if (s->v.rule) {
		printf(", by rule %s", rule_id(s->v.rule));
		if (*rule_description(s->v.rule))
			fputs(": ", stdout);
		esc_puts(stdout, rule_description(s->v.rule));
	}
	if (s->v.confirm)
		fputs(", unless its content says otherwise", stdout);
	putchar('\n');
	r = policy_explain(u->policy, s->path.ptr, s->path.len, s->fd,
			   print_step, s);
	if (!r && !s->n)
		puts("    no rule matches it or a directory above it");
	if (!r && is_readable(s))
		print_content(u, s);
	return r;
}

static json_t *subject_json(const struct rules_use *u, struct subject *s)
{
	json_t *o = json_object();

	s->steps = json_array();
	jout_bytes(o, "path", s->path.ptr, s->path.len);
	if (s->seen_at.len)
		jout_bytes(o, "seen_at", s->seen_at.ptr, s->seen_at.len);
	json_object_set_new(o, "action", json_string(action_name(s->v.action)));
	json_object_set_new(o, "shown",
			    json_boolean(s->v.action < ACTION_DENY));
	jout_name(o, "rule", s->v.rule ? s->v.rule->id : NULL);
	json_object_set_new(o, "exists", json_boolean(s->mode != 0));
	json_object_set_new(o, "undecided", json_boolean(s->v.confirm));
	policy_explain(u->policy, s->path.ptr, s->path.len, s->fd, gather_step,
		       s);
	json_object_set_new(o, "steps", s->steps);
	if (is_readable(s)) {
		json_t *masks = json_array();
		int r = rules_content(u, s->path.ptr, s->fd, &s->v, masks);

		json_object_set_new(o, "masks", masks);
		jout_name(o, "unjudged", r ? strerror(-r) : NULL);
	}
	return o;
}

/* By what a session has at the path: the workspace's path that it goes by. */
static int follow(const struct rules_use *u, struct subject *s, int *own,
		  struct err *err)
{
	struct buf origin = BUF_INIT;
	int r;

	*own = 0;
	if (!u->layer)
		return 0;
	r = layer_origin(u->layer, s->path.ptr, &origin);
	if (r < 0) {
		err_errno(err, r, "%s", s->given);
	} else if (r) {
		*own = 1;
	} else if (strcmp(origin.ptr, s->path.ptr)) {
		s->seen_at = s->path;
		s->path = origin;
		return 0;
	}
	buf_release(&origin);
	return r < 0 ? r : 0;
}

/* What the agent has made is its own, by whatever name. */
static int print_own(struct subject *s, json_t *root)
{
	json_t *o;

	if (!root) {
		esc_puts(stdout, s->path.ptr);
		puts(": shown: the session has made it");
		return 0;
	}
	o = json_object();
	jout_bytes(o, "path", s->path.ptr, s->path.len);
	json_object_set_new(o, "action", json_string("show"));
	json_object_set_new(o, "shown", json_true());
	json_object_set_new(o, "own", json_true());
	return json_array_append_new(root, o) ? -ENOMEM : 0;
}

static int explain_one(const struct rules_use *u, const char *path,
		       json_t *root, struct err *err)
{
	struct subject s = { .given = path, .path = BUF_INIT,
			     .seen_at = BUF_INIT, .fd = -1 };
	int own, r = locate(&s, u, err);

	if (!r)
		r = follow(u, &s, &own, err);
	if (!r && own) {
		r = print_own(&s, root);
	} else if (!r) {
		open_subject(&s, u->fd);
		judge(u, &s);
		if (root)
			r = json_array_append_new(root, subject_json(u, &s)) ?
			    -ENOMEM : 0;
		else
			r = print_subject(u, &s);
		if (r)
			err_errno(err, r, "%s", path);
	}
	io_close(&s.fd);
	buf_release(&s.path);
	buf_release(&s.seen_at);
	return r;
}

int rules_explain(const struct rules_use *u, int argc, char **argv)
{
	json_t *root = opt_common.json ? json_array() : NULL;
	const struct strlist *warnings;
	int status = STATUS_DONE;

	warnings = ruleset_warnings(policy_rules(u->policy));
	for (size_t i = 0; i < warnings->n; i++)
		out_warn("%s", warnings->at[i]);
	for (int i = 0; i < argc; i++) {
		struct err err = ERR_INIT;

		if (explain_one(u, argv[i], root, &err))
			status = out_err(&err);
	}
	if (root && jout_print(stdout, root))
		status = out_fail("out of memory");
	json_decref(root);
	return status;
}
