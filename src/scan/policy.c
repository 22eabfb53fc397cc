/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan/confirm.h"
#include "scan/policy_load.h"
#include "scan/rule_index.h"
#include "scan/scan.h"
#include "scan/taint.h"
#include "util/digest.h"
#include "util/quiet.h"

#define ORIGINS (ORIGIN_WORKSPACE + 1)

struct policy {
	struct ruleset *rules;
	struct rule_index *paths;
	struct confirm *confirm;
	struct env_rules *env;
	struct scanner *scanner;
	struct taint *taint;
	char digest[RULESET_DIGEST_LEN + 1];
};

static int wants_taint(const struct policy *p, const struct policy_sources *src)
{
	if (src->workspace_fd < 0)
		return 0;
	return src->taint ? !strcmp(src->taint, "yes") :
			    ruleset_taint(p->rules);
}

/* What is judged depends on the secrets, so they are in the digest too. */
static int load_taint(struct policy *p, const struct policy_sources *src,
		      struct err *err)
{
	uint8_t sum[DIGEST_LEN];
	char known[DIGEST_HEX];
	struct digest *d = NULL;
	int r;

	ruleset_digest(p->rules, p->digest);
	if (!wants_taint(p, src))
		return 0;
	r = taint_new(&p->taint, p, src->workspace_fd);
	if (!r)
		r = digest_new(&d, NULL, 0);
	if (r)
		return err_errno(err, r, "looking for what is secret");
	taint_digest(p->taint, known);
	digest_add(d, p->digest, strlen(p->digest));
	digest_add(d, known, strlen(known));
	digest_end(d, sum);
	digest_free(d);
	digest_hex(sum, p->digest);
	return 0;
}

int policy_load(struct policy **out, const struct policy_sources *src,
		struct err *err)
{
	struct policy *p = calloc(1, sizeof(*p));
	int r = p ? 0 : err_set(err, -ENOMEM, "out of memory");

	if (!r)
		r = policy_read(&p->rules, src, err);
	if (!r)
		r = rule_index_new(&p->paths, p->rules, RULE_PATH, err);
	if (!r)
		r = confirm_new(&p->confirm, p->rules, err);
	if (!r)
		r = env_rules_new(&p->env, p->rules, err);
	if (!r)
		r = scanner_new(&p->scanner, p->rules, err);
	if (!r)
		r = load_taint(p, src, err);
	if (r)
		policy_free(p);
	else
		*out = p;
	return r;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	taint_free(p->taint);
	scanner_free(p->scanner);
	env_rules_free(p->env);
	confirm_free(p->confirm);
	rule_index_free(p->paths);
	ruleset_free(p->rules);
	free(p);
}

/*
 * What was found for one path, by origin of the rule: the strictest rule that
 * holds in any case, and the strictest that the content has to confirm.
 */
struct found {
	const struct policy *p;
	const struct rule *sure[ORIGINS], *open[ORIGINS];
	int directory;	/* an ancestor: nothing to ask */
	int fd;		/* to ask; or -1 */
};

static int stricter(const struct rule *a, const struct rule *b)
{
	if (!b || a->action != b->action)
		return !b || a->action > b->action;
	return a->severity > b->severity;
}

static void note(void *payload, const struct rule_match *m)
{
	struct found *f = payload;
	const struct rule **at = f->sure;

	if (m->except)
		return;
	if (m->rule->confirm.n && !m->opaque) {
		if (f->directory)
			return;
		if (f->fd < 0)
			at = f->open;
		else if (!confirm_file(f->p->confirm, m->number, f->fd))
			return;
	}
	at += m->rule->origin;
	if (stricter(m->rule, *at))
		*at = m->rule;
}

static void tighten(struct verdict *v, const struct rule *r, int confirm)
{
	if (!r || (v->rule && r->action < v->action))
		return;
	if (v->rule && r->action == v->action && (confirm || !v->confirm))
		return;
	v->action = r->action;
	v->rule = r;
	v->confirm = confirm;
}

/* The order of policy.h: who overrides, and who may only tighten. */
static void settle(const struct found *f, struct verdict *out)
{
	struct verdict v = { ACTION_SHOW, NULL, 0 };

	for (int o = ORIGIN_SHIPPED; o <= ORIGIN_COMMAND; o++) {
		if (f->sure[o])
			v = (struct verdict){ f->sure[o]->action, f->sure[o], 0 };
		/* What would loosen has to wait for the content's word. */
		if (f->open[o] && f->open[o]->action < v.action)
			v.confirm |= o > ORIGIN_SHIPPED;
		else
			tighten(&v, f->open[o], 1);
	}
	tighten(&v, f->sure[ORIGIN_WORKSPACE], 0);
	tighten(&v, f->open[ORIGIN_WORKSPACE], 1);
	*out = v;
}

static const struct verdict cannot_judge = { ACTION_HIDE, NULL, 0 };

void policy_path(const struct policy *p, const char *path, size_t len,
		 struct verdict *out)
{
	struct found found = { .p = p, .fd = -1 };
	struct folded f;

	*out = cannot_judge;
	if (fold_path(&f, path, len))
		return;
	if (!rule_index_find(p->paths, &f, f.n, note, &found))
		settle(&found, out);
	fold_release(&f);
}

/* The same for a path and all its ancestors, one at a time. */
struct judged {
	struct found found;
	size_t depth, last;	/* that found is about; of the path itself */
	struct verdict strictest;
};

static void judge_next(struct judged *j, size_t depth)
{
	struct verdict v;

	settle(&j->found, &v);
	if (v.action > j->strictest.action ||
	    (v.action == j->strictest.action && v.rule && !v.confirm))
		j->strictest = v;
	j->depth = depth;
	j->found = (struct found){ .p = j->found.p, .fd = j->found.fd,
				   .directory = depth < j->last };
}

static void note_one(void *payload, const struct rule_match *m)
{
	struct judged *j = payload;

	if (m->depth != j->depth)
		judge_next(j, m->depth);
	note(&j->found, m);
}

static void judge_all(const struct policy *p, const char *path, size_t len,
		      int fd, struct verdict *out)
{
	struct judged j = { .found = { .p = p, .fd = fd },
			    .strictest = { ACTION_SHOW, NULL, 0 } };
	struct folded f;

	*out = cannot_judge;
	if (fold_path(&f, path, len))
		return;
	j.last = f.n;
	if (!rule_index_walk(p->paths, &f, note_one, &j)) {
		judge_next(&j, 0);
		*out = j.strictest;
	}
	fold_release(&f);
}

void policy_whole_path(const struct policy *p, const char *path, size_t len,
		       struct verdict *out)
{
	judge_all(p, path, len, -1, out);
}

void policy_confirm(const struct policy *p, struct verdict *v, int fd,
		    const char *path)
{
	if (v->confirm)
		judge_all(p, path, strlen(path), fd, v);
}

void policy_confirm_at(const struct policy *p, struct verdict *v, int dirfd,
		       const char *name, const char *path)
{
	struct stat st;
	int fd;

	if (!v->confirm || quiet_open(dirfd, name, O_NOFOLLOW | O_NONBLOCK |
				      O_NOCTTY, &fd))
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		policy_confirm(p, v, fd, path);
	close(fd);
}

void policy_of_file(const struct policy *p, const char *path, int fd,
		    struct verdict *out)
{
	policy_whole_path(p, path, strlen(path), out);
	policy_confirm(p, out, fd, path);
}

static int take_rule(void *payload, const struct finding *f)
{
	*(const struct rule **)payload = f->rule;
	return -ECANCELED;
}

/* The rule of contents that is sure that the value is a secret, or NULL. */
static const struct rule *find_in_value(const struct policy *p,
					const char *value)
{
	const struct rule *found = NULL;
	struct scan_what what = { .least = CONFIDENCE_HIGH, .fn = take_rule,
				  .payload = &found };
	struct scan_result res;
	struct scan *s;

	if (scanner_is_empty(p->scanner))
		return NULL;
	s = scan_begin(p->scanner);
	if (s)
		scan_mem(s, &what, value, strlen(value), &res);
	scan_end(p->scanner, s);
	return found;
}

int policy_env(const struct policy *p, const char *name, const char *value,
	       struct verdict *out)
{
	const struct rule *r = *value ? env_rules_find(p->env, p->confirm, name,
						       value) : NULL;

	if (r)
		*out = (struct verdict){ r->action, r, 0 };
	else if ((r = find_in_value(p, value)))
		*out = (struct verdict){ ACTION_HIDE, r, 0 };
	return r != NULL;
}

const char *policy_digest(const struct policy *p)
{
	return p->digest;
}

int policy_is_empty(const struct policy *p)
{
	return !ruleset_count(p->rules) && !p->taint;
}

const struct ruleset *policy_rules(const struct policy *p)
{
	return p->rules;
}

struct scanner *policy_scanner(const struct policy *p)
{
	return p->scanner;
}

struct taint *policy_taint(const struct policy *p)
{
	return p->taint;
}

struct explain {
	const struct policy *p;
	policy_step_fn fn;
	void *payload;
	const char *path;
	size_t len, depth;	/* of the path up to so many components */
	size_t path_len, last;
	int fd;
};

static void explain_match(void *payload, const struct rule_match *m)
{
	struct explain *e = payload;
	struct policy_step s = {
		.rule = m->rule, .glob = m->glob, .except = m->except,
		.taken_for = m->taken_for, .taken_len = m->taken_len,
		.content = STEP_NOT_ASKED,
	};

	for (; e->depth < m->depth; e->depth++) {
		size_t from = e->len + (e->depth > 0);
		const char *slash = memchr(e->path + from, '/',
					   e->path_len - from);

		e->len = slash ? (size_t)(slash - e->path) : e->path_len;
	}
	s.len = e->len;
	if (!s.except && m->rule->confirm.n && !m->opaque) {
		s.content = STEP_UNKNOWN;
		if (m->depth < e->last)
			s.content = STEP_DENIED;
		else if (e->fd >= 0)
			s.content = confirm_file(e->p->confirm, m->number,
						 e->fd) ?
				    STEP_CONFIRMED : STEP_DENIED;
	}
	e->fn(e->payload, &s);
}

int policy_explain(const struct policy *p, const char *path, size_t len,
		   int fd, policy_step_fn fn, void *payload)
{
	struct explain e = { .p = p, .fn = fn, .payload = payload, .fd = fd,
			     .path = path, .path_len = len };
	struct folded f;
	int r;

	if (fold_path(&f, path, len))
		return -ENOMEM;
	e.last = f.n;
	r = rule_index_walk(p->paths, &f, explain_match, &e);
	fold_release(&f);
	return r;
}
