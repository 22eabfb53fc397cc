/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/ruleset.h"

#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "scan/rulekeys.h"
#include "util/buf.h"
#include "util/conf.h"
#include "util/digest.h"

struct ruleset {
	struct rule **at;
	size_t n, cap;
	void *by_id;		/* tsearch(3) tree of struct rule */
	struct strlist warnings;
	struct digest *digest;
	int taint;			/* of the settings */
};

/* The state of reading one text. */
struct reader {
	struct ruleset *set;
	const char *name;
	enum rule_origin origin;
	struct rule *rule;		/* of the section, or NULL */
	struct rule *changed;		/* [rule ID]: whose keys are changed */
	int mute;			/* a workspace's section in vain */
	int settings;			/* the section is not a rule */
	char section[64];
	unsigned long long *seen;	/* per rule of this text */
	size_t first;			/* index of its first rule */
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct rule *)a)->id,
		      ((const struct rule *)b)->id);
}

int ruleset_new(struct ruleset **out)
{
	struct ruleset *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (digest_new(&s->digest, NULL, 0)) {
		free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

static void keep(void *node)
{
}

void ruleset_free(struct ruleset *s)
{
	if (!s)
		return;
	tdestroy(s->by_id, keep);
	for (size_t i = 0; i < s->n; i++) {
		rule_release(s->at[i]);
		free(s->at[i]);
	}
	free(s->at);
	strlist_release(&s->warnings);
	digest_free(s->digest);
	free(s);
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

static int add_rule(struct ruleset *s, const char *id, const char *file,
		    int line, enum rule_origin origin, struct rule **out,
		    struct err *err)
{
	struct rule *r = calloc(1, sizeof(*r));

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		struct rule **at = realloc(s->at, cap * sizeof(*at));

		if (!at) {
			free(r);
			return no_memory(err);
		}
		s->at = at;
		s->cap = cap;
	}
	if (!r)
		return no_memory(err);
	s->at[s->n++] = r;
	r->id = strdup(id);
	r->file = strdup(file);
	if (!r->id || !r->file || !tsearch(r, &s->by_id, by_id))
		return no_memory(err);
	r->line = line;
	r->origin = origin;
	r->action = ACTION_HIDE;
	r->severity = SEVERITY_HIGH;
	r->confidence = CONFIDENCE_HIGH;
	r->mask_group = -1;
	*out = r;
	return 0;
}

static struct rule *find(const struct ruleset *s, const char *id)
{
	struct rule key = { .id = (char *)id };
	struct rule *const *at = tfind(&key, &s->by_id, by_id);

	return at ? *at : NULL;
}

static int warn(struct reader *rd, int line, const char *what)
{
	struct buf b = BUF_INIT;
	int r;

	buf_addf(&b, "%s:%d: %s", rd->name, line, what);
	r = buf_oom(&b) ? -ENOMEM : strlist_add(&rd->set->warnings, b.ptr);
	buf_release(&b);
	return r;
}

/* [show], [hide] ...: sections that are one path rule with that action. */
static int is_action_section(const char *section)
{
	enum action a;

	return !action_parse(section, &a, NULL);
}

static int check_id(const char *id, struct err *err)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (*id && !id[n])
		return 0;
	return err_set(err, -EINVAL, "'%.60s' is not a rule's id: only a-z, "
		       "0-9 and '-'", id);
}

/* [rule ID]: some keys of a rule that was read before are changed. */
static int open_change(struct reader *rd, const char *id, int line,
		       struct err *err)
{
	if (rd->origin == ORIGIN_WORKSPACE) {
		rd->mute = 1;
		return warn(rd, line, "a workspace cannot change a rule; "
			    "ignored");
	}
	rd->changed = find(rd->set, id);
	if (!rd->changed)
		return err_set(err, -EINVAL, "there is no rule '%.60s'; "
			       "'scrim rules' lists them", id);
	return 0;
}

static int open_action(struct reader *rd, const char *section, int line,
		       struct err *err)
{
	unsigned long long kind = 1ULL << rulekey_find("kind", NULL);
	struct buf id = BUF_INIT;
	int r;

	if (rd->origin == ORIGIN_WORKSPACE && !strcmp(section, "show")) {
		rd->mute = 1;
		return warn(rd, line, "a workspace cannot show what is "
			    "hidden; ignored");
	}
	buf_addf(&id, "%s-%s", rule_origin_name(rd->origin), section);
	for (int i = 2; !buf_oom(&id) && find(rd->set, id.ptr); i++) {
		buf_clear(&id);
		buf_addf(&id, "%s-%s-%d", rule_origin_name(rd->origin),
			 section, i);
	}
	r = buf_oom(&id) ? no_memory(err) :
	    add_rule(rd->set, id.ptr, rd->name, line, rd->origin, &rd->rule,
		     err);
	buf_release(&id);
	if (r)
		return r;
	rd->seen[rd->set->n - 1 - rd->first] = kind;
	return action_parse(section, &rd->rule->action, err);
}

/* A workspace may ask for more to be kept back, not for less. */
static int set_setting(struct reader *rd, const char *key, const char *value,
		       int line, struct err *err)
{
	int on, r;

	if (strcmp(key, "taint"))
		return err_set(err, -EINVAL, "[settings] knows taint alone, not "
			       "'%.60s'", key);
	r = conf_bool(value, &on, err);
	if (r)
		return r;
	if (rd->origin == ORIGIN_WORKSPACE && !on)
		return warn(rd, line, "a workspace cannot show what is "
			    "hidden; ignored");
	rd->set->taint = on;
	return 0;
}

static int open_section(struct reader *rd, const char *section, int line,
			struct err *err)
{
	const struct rule *other;
	int r;

	rd->rule = rd->changed = NULL;
	rd->mute = 0;
	rd->settings = rd->origin != ORIGIN_SHIPPED &&
		       !strcmp(section, "settings");
	memcpy(rd->section, section, strlen(section) + 1);
	if (rd->settings)
		return 0;
	if (!strncmp(section, "rule ", 5))
		return open_change(rd, section + 5, line, err);
	if (rd->origin != ORIGIN_SHIPPED && is_action_section(section))
		return open_action(rd, section, line, err);
	r = check_id(section, err);
	if (r)
		return r;
	other = find(rd->set, section);
	if (other)
		return err_set(err, -EINVAL, "rule '%s' is already in %s:%d%s",
			       section, other->file, other->line,
			       rd->origin == ORIGIN_USER ?
			       "; [rule ID] changes one" : "");
	return add_rule(rd->set, section, rd->name, line, rd->origin,
			&rd->rule, err);
}

static int change_key(struct reader *rd, const char *key, const char *value,
		      struct err *err)
{
	static const char *const may[] = { "action", "confidence", "disable",
					   "except", "severity" };
	int k = rulekey_find(key, err);

	if (k < 0)
		return k;
	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		if (!strcmp(may[i], key))
			return rulekey_set(k, rd->changed, value, err);
	return err_set(err, -EINVAL, "[rule ID] may change action, "
		       "confidence, disable, except and severity, not '%s'",
		       key);
}

static int on_key(void *payload, const char *section, const char *key,
		  const char *value, int line, struct err *err)
{
	struct reader *rd = payload;
	unsigned long long *seen;
	int r, k;

	if (!*section)
		return err_set(err, -EINVAL, "a key before the first [section]");
	if (strcmp(section, rd->section)) {
		r = open_section(rd, section, line, err);
		if (r)
			return r;
	}
	if (rd->mute)
		return 0;
	if (rd->settings)
		return set_setting(rd, key, value, line, err);
	if (rd->changed)
		return change_key(rd, key, value, err);
	k = rulekey_find(key, err);
	if (k < 0)
		return k;
	seen = &rd->seen[rd->set->n - 1 - rd->first];
	if (*seen >> k & 1)
		return err_set(err, -EINVAL, "key '%s' comes twice in [%s]",
			       key, section);
	*seen |= 1ULL << k;
	return rulekey_set(k, rd->rule, value, err);
}

/* A workspace may add path and env rules that hide, nothing else. */
static int tame(struct reader *rd, struct rule *r)
{
	const char *what = NULL;

	if (rd->origin != ORIGIN_WORKSPACE || r->disabled)
		return 0;
	if (r->kind != RULE_PATH && r->kind != RULE_ENV)
		what = "only path and env rules are read from a workspace; "
		       "ignored";
	else if (r->action == ACTION_SHOW)
		what = "a workspace cannot show what is hidden; ignored";
	if (!what)
		return 0;
	r->disabled = 1;
	return warn(rd, r->line, what);
}

static int finish(struct reader *rd, struct err *err)
{
	struct ruleset *s = rd->set;
	int r;

	for (size_t i = rd->first; i < s->n; i++) {
		r = rule_finish(s->at[i], rd->seen[i - rd->first], err);
		if (!r && tame(rd, s->at[i]))
			r = no_memory(err);
		if (r) {
			err_wrap(err, "%s:%d: rule '%s'", rd->name,
				 s->at[i]->line, s->at[i]->id);
			return r;
		}
	}
	return 0;
}

/*
 * inih says nothing of a section without keys: a rule whose keys were lost by
 * a slip would be passed over. What follows each header must be a key.
 */
static int check_sections(const char *name, const char *text, size_t len,
			  size_t *count, struct err *err)
{
	const char *p = text, *end = text + len, *nl;
	int line = 1, header = 0;

	*count = 0;
	for (; p < end && !(header && *p == '['); line++) {
		if (*p == '[') {
			header = line;
			++*count;
		} else if (!strchr(";# \t\r\n", *p)) {
			header = 0;
		}
		nl = memchr(p, '\n', (size_t)(end - p));
		p = nl ? nl + 1 : end;
	}
	return !header ? 0 : err_set(err, -EINVAL, "%s:%d: the section has no "
				     "keys", name, header);
}

int ruleset_parse(struct ruleset *s, const char *name, const char *text,
		  size_t len, enum rule_origin origin, struct err *err)
{
	struct reader rd = { .set = s, .name = name, .origin = origin,
			     .first = s->n };
	uint8_t rank = (uint8_t)origin;
	size_t sections;
	int r;

	r = check_sections(name, text, len, &sections, err);
	if (r)
		return r;
	rd.seen = calloc(sections + 1, sizeof(*rd.seen));
	if (!rd.seen)
		return no_memory(err);
	digest_add(s->digest, &rank, 1);
	digest_add_field(s->digest, text, len);
	r = conf_parse(name, text, len, on_key, &rd, err);
	if (!r)
		r = finish(&rd, err);
	free(rd.seen);
	return r;
}

int ruleset_read(struct ruleset *s, const char *path, enum rule_origin origin,
		 struct err *err)
{
	struct buf text = BUF_INIT;
	int r = conf_text(path, &text, err);

	if (!r)
		r = ruleset_parse(s, path, text.ptr, text.len, origin, err);
	buf_release(&text);
	return r;
}

static int is_ini(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return *d->d_name != '.' && n > 4 && !strcmp(d->d_name + n - 4, ".ini");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_rules(const char *dir, int code, struct err *err)
{
	return err_set(err, code, "rules directory %s: %s; is scrim installed "
		       "whole? SCRIM_RULES in the environment names another, "
		       "--rules a single file", dir, strerror(-code));
}

int ruleset_read_dir(struct ruleset *s, const char *dir,
		     enum rule_origin origin, struct err *err)
{
	struct dirent **names = NULL;
	struct buf path = BUF_INIT;
	int n, r = 0;

	n = scandir(dir, &names, is_ini, by_name);
	if (n < 0)
		return no_rules(dir, -errno, err);
	if (!n)
		r = err_set(err, -ENOENT, "%s: no rule files; is scrim "
			    "installed whole?", dir);
	for (int i = 0; i < n; i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", dir, names[i]->d_name);
		if (!r)
			r = buf_oom(&path) ? no_memory(err) :
			    ruleset_read(s, path.ptr, origin, err);
		free(names[i]);
	}
	free(names);
	buf_release(&path);
	return r;
}

int ruleset_add_glob(struct ruleset *s, const char *id, const char *glob,
		     enum action action, enum rule_origin origin,
		     struct err *err)
{
	uint8_t rank[2] = { (uint8_t)origin, (uint8_t)action };
	struct rule *rule;
	int r = rule_check_glob(glob, err);

	if (r)
		return r;
	r = add_rule(s, id, rule_origin_name(origin), 0, origin, &rule, err);
	if (r)
		return r;
	digest_add(s->digest, rank, sizeof(rank));
	digest_add_field(s->digest, glob, strlen(glob));
	rule->action = action;
	if (strlist_add(&rule->paths, glob))
		return no_memory(err);
	return rule_finish(rule, 1ULL << rulekey_find("kind", NULL), err);
}

size_t ruleset_count(const struct ruleset *s)
{
	return s->n;
}

const struct rule *ruleset_get(const struct ruleset *s, size_t i)
{
	return s->at[i];
}

const struct rule *ruleset_find(const struct ruleset *s, const char *id)
{
	return find(s, id);
}

int ruleset_taint(const struct ruleset *s)
{
	return s->taint;
}

const struct strlist *ruleset_warnings(const struct ruleset *s)
{
	return &s->warnings;
}

void ruleset_digest(struct ruleset *s, char out[RULESET_DIGEST_LEN + 1])
{
	uint8_t sum[DIGEST_LEN];

	digest_end(s->digest, sum);
	digest_hex(sum, out);
}
