/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/rulekeys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/confirm.h"
#include "scan/detect.h"
#include "scan/glob.h"
#include "scan/keywords.h"
#include "scan/validate.h"
#include "util/conf.h"

#define KIND(k) (1u << (k))
#define PATHS (KIND(RULE_PATH) | KIND(RULE_RISK))
#define ANY (~0u)

struct rulekey {
	const char *name;
	unsigned kinds;
	int (*set)(const struct rulekey *k, struct rule *r, const char *value,
		   struct err *err);
	size_t field;	/* offset in struct rule */
};

static void *field(const struct rulekey *k, struct rule *r)
{
	return (char *)r + k->field;
}

static int set_text(const struct rulekey *k, struct rule *r, const char *value,
		    struct err *err)
{
	char **at = field(k, r);
	char *copy = strdup(value);

	if (!copy)
		return err_set(err, -ENOMEM, "out of memory");
	for (char *c = copy; *c; c++)
		if (*c == '\n')
			*c = ' ';
	free(*at);
	*at = copy;
	return 0;
}

/* A long pattern goes on in indented lines, with nothing between. */
static int set_pattern(const struct rulekey *k, struct rule *r,
		       const char *value, struct err *err)
{
	char *to;
	int r2;

	r2 = set_text(k, r, value, err);
	if (r2)
		return r2;
	to = r->pattern;
	for (const char *from = value; *from; from++)
		if (*from != '\n')
			*to++ = *from;
	*to = '\0';
	return 0;
}

static int set_split(const struct rulekey *k, struct rule *r,
		     const char *value, const char *separators,
		     struct err *err)
{
	struct strlist *l = field(k, r);

	if (strlist_split(l, value, separators))
		return err_set(err, -ENOMEM, "out of memory");
	return l->n ? 0 : err_set(err, -EINVAL, "the value is empty");
}

int rule_check_glob(const char *glob, struct err *err)
{
	struct glob *g;
	int e = glob_new(&g, glob, err);

	if (!e)
		glob_free(g);
	return e;
}

static int set_lines(const struct rulekey *k, struct rule *r,
		     const char *value, struct err *err)
{
	return set_split(k, r, value, "\n", err);
}

/* Tried here, where the line of the key is known. */
static int set_globs(const struct rulekey *k, struct rule *r,
		     const char *value, struct err *err)
{
	const struct strlist *l = field(k, r);
	size_t before = l->n;
	int e = set_lines(k, r, value, err);

	for (size_t i = before; !e && i < l->n; i++)
		e = rule_check_glob(l->at[i], err);
	return e;
}

static int set_words(const struct rulekey *k, struct rule *r,
		     const char *value, struct err *err)
{
	return set_split(k, r, value, ",\n", err);
}

static int set_lower_words(const struct rulekey *k, struct rule *r,
			   const char *value, struct err *err)
{
	const struct strlist *l = field(k, r);
	int e = set_words(k, r, value, err);

	for (size_t i = 0; !e && i < l->n; i++)
		for (char *c = l->at[i]; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');
	return e;
}

static int set_keywords(const struct rulekey *k, struct rule *r,
			const char *value, struct err *err)
{
	const struct strlist *l = field(k, r);
	int e = set_lower_words(k, r, value, err);

	for (size_t i = 0; !e && i < l->n; i++) {
		size_t n = strlen(l->at[i]);

		if (n < KEYWORD_MIN || n > KEYWORD_MAX)
			e = err_set(err, -EINVAL, "'%.70s' is not of %d to %d "
				    "bytes", l->at[i], KEYWORD_MIN,
				    KEYWORD_MAX);
	}
	return e;
}

static int set_kind(const struct rulekey *k, struct rule *r, const char *value,
		    struct err *err)
{
	return rule_kind_parse(value, &r->kind, err);
}

static int set_severity(const struct rulekey *k, struct rule *r,
			const char *value, struct err *err)
{
	return severity_parse(value, &r->severity, err);
}

static int set_confidence(const struct rulekey *k, struct rule *r,
			  const char *value, struct err *err)
{
	return confidence_parse(value, &r->confidence, err);
}

static int set_action(const struct rulekey *k, struct rule *r,
		      const char *value, struct err *err)
{
	return action_parse(value, &r->action, err);
}

static int set_bool(const struct rulekey *k, struct rule *r, const char *value,
		    struct err *err)
{
	return conf_bool(value, field(k, r), err);
}

static int set_group(const struct rulekey *k, struct rule *r,
		     const char *value, struct err *err)
{
	int *at = field(k, r);

	if (value[0] < '0' || value[0] > '9' || value[1])
		return err_set(err, -EINVAL, "'%.40s' is not the number of a "
			       "group: 0 to 9", value);
	*at = value[0] - '0';
	return 0;
}

static int set_line_count(const struct rulekey *k, struct rule *r,
			  const char *value, struct err *err)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*end || n < 1 || n > RULE_LINES_MAX)
		return err_set(err, -EINVAL, "'%.40s' is not a number of lines: "
			       "1 to %d", value, RULE_LINES_MAX);
	r->lines = (int)n;
	return 0;
}

/* Not strtod(3): the point must be a point in every locale. */
static int set_entropy(const struct rulekey *k, struct rule *r,
		       const char *value, struct err *err)
{
	const char *c = value;
	double v = 0, unit = 1;
	int digits = 0;

	for (; *c >= '0' && *c <= '9'; c++, digits++)
		v = v * 10 + (*c - '0');
	if (*c == '.')
		for (c++; *c >= '0' && *c <= '9'; c++, digits++)
			v += (*c - '0') * (unit /= 10);
	if (*c || !digits || v > 8)
		return err_set(err, -EINVAL, "'%.40s' is not an entropy: bits "
			       "per byte, such as 3.5, at most 8", value);
	r->entropy = v;
	return 0;
}

#define FIELD(f) offsetof(struct rule, f)

static const struct rulekey keys[] = {
	{ "action", KIND(RULE_PATH) | KIND(RULE_ENV), set_action, 0 },
	{ "allow", KIND(RULE_CONTENT), set_lines, FIELD(allow) },
	{ "class", KIND(RULE_RISK), set_text, FIELD(class) },
	{ "confidence", ANY, set_confidence, 0 },
	{ "confirm", KIND(RULE_PATH) | KIND(RULE_ENV), set_lines, FIELD(confirm) },
	{ "counter-examples", ANY, set_lines, FIELD(counter_examples) },
	{ "description", ANY, set_text, FIELD(description) },
	{ "detector", KIND(RULE_CONTENT), set_text, FIELD(detector) },
	{ "disable", ANY, set_bool, FIELD(disabled) },
	{ "ecosystem", ANY, set_text, FIELD(ecosystem) },
	{ "entropy", KIND(RULE_CONTENT), set_entropy, 0 },
	{ "examples", ANY, set_lines, FIELD(examples) },
	{ "except", ANY, set_globs, FIELD(except) },
	{ "group", KIND(RULE_CONTENT), set_group, FIELD(group) },
	{ "keywords", KIND(RULE_CONTENT), set_keywords, FIELD(keywords) },
	{ "kind", ANY, set_kind, 0 },
	{ "lines", KIND(RULE_CONTENT), set_line_count, FIELD(lines) },
	{ "mask", KIND(RULE_CONTENT), set_group, FIELD(mask_group) },
	{ "names", KIND(RULE_ENV), set_globs, FIELD(names) },
	{ "paths", PATHS | KIND(RULE_CONTENT), set_globs, FIELD(paths) },
	{ "pattern", KIND(RULE_CONTENT), set_pattern, FIELD(pattern) },
	{ "severity", ANY, set_severity, 0 },
	{ "stopwords", KIND(RULE_CONTENT), set_lower_words, FIELD(stopwords) },
	{ "validate", KIND(RULE_CONTENT), set_words, FIELD(validate) },
};

#define KEYS ((int)(sizeof(keys) / sizeof(keys[0])))
_Static_assert(sizeof(keys) / sizeof(keys[0]) <= RULEKEY_MAX, "bits");

int rulekey_find(const char *name, struct err *err)
{
	for (int i = 0; i < KEYS; i++)
		if (*keys[i].name == *name && !strcmp(keys[i].name, name))
			return i;
	return err_set(err, -EINVAL, "unknown key '%.60s'; scrim-rules(5) has "
		       "them all", name);
}

int rulekey_set(int key, struct rule *r, const char *value, struct err *err)
{
	int e = keys[key].set(&keys[key], r, value, err);

	if (e)
		err_wrap(err, "%s", keys[key].name);
	return e;
}

static int check_kind(const struct rule *r, unsigned long long seen,
		      struct err *err)
{
	for (int i = 0; i < KEYS; i++)
		if (seen >> i & 1 && !(keys[i].kinds & KIND(r->kind)))
			return err_set(err, -EINVAL, "key '%s' is not for a "
				       "rule of kind %s", keys[i].name,
				       rule_kind_name(r->kind));
	return 0;
}

static int check_regex(const char *regex, const char *key, struct err *err)
{
	struct pattern *p;
	int e = pattern_new(&p, regex, 0, err);

	if (e)
		err_wrap(err, "%s '%.60s'", key, regex);
	else
		pattern_free(p);
	return e;
}

static int check_validator(const char *name, int whole, struct err *err)
{
	const struct validator *v = validator_find(name);

	if (v && (!whole || v->whole))
		return 0;
	return err_set(err, -EINVAL, "no validator is named '%.60s'%s", name,
		       v ? " that looks at a whole file" : "");
}

/* Shipped patterns are known to compile: make check has tried them all. */
static int check_confirm(const struct rule *r, struct err *err)
{
	int e = 0;

	for (size_t i = 0; !e && i < r->confirm.n; i++) {
		const char *c = r->confirm.at[i];

		if (*c == '!')
			c++;
		if (*c == '@' && confirm_pattern(c + 1))
			continue;
		if (*c == '@')
			e = check_validator(c + 1, 1, err);
		else if (r->origin != ORIGIN_SHIPPED)
			e = check_regex(c, "confirm", err);
	}
	return e;
}

static int finish_pattern(struct rule *r, int lazy, struct err *err)
{
	int e = pattern_new(&r->re, r->pattern, lazy ? PATTERN_LAZY : 0, err);

	if (e) {
		err_wrap(err, "pattern");
		return e;
	}
	if (!lazy && (pattern_group_count(r->re) < r->group ||
		      pattern_group_count(r->re) < r->mask_group))
		return err_set(err, -EINVAL, "the pattern has no group %d",
			       r->group > r->mask_group ? r->group :
							  r->mask_group);
	return 0;
}

static int finish_content(struct rule *r, struct err *err)
{
	int lazy = r->origin == ORIGIN_SHIPPED, e = 0;

	if (lazy && !r->keywords.n && !r->paths.n)
		return err_set(err, -EINVAL, "a shipped rule without keywords must be "
			       "for some paths only");
	if (r->detector && !detector_exists(r->detector))
		return err_set(err, -EINVAL, "no detector is named '%.40s'",
			       r->detector);
	if (!r->detector && !r->pattern)
		return err_set(err, -EINVAL, "pattern is missing");
	if (r->pattern)
		e = finish_pattern(r, lazy, err);
	for (size_t i = 0; !e && !lazy && i < r->allow.n; i++)
		e = check_regex(r->allow.at[i], "allow", err);
	for (size_t i = 0; !e && i < r->validate.n; i++)
		e = check_validator(r->validate.at[i], 0, err);
	return e;
}

static int finish_paths(struct rule *r, struct err *err)
{
	if (!r->paths.n)
		return err_set(err, -EINVAL, "paths are missing: it would "
			       "match nothing");
	if (r->kind == RULE_RISK && !r->class)
		return err_set(err, -EINVAL, "class is missing");
	return check_confirm(r, err);
}

static int check_examples(const struct rule *r, struct err *err)
{
	if (r->origin != ORIGIN_SHIPPED)
		return 0;
	if (!r->examples.n)
		return err_set(err, -EINVAL, "a shipped rule needs examples");
	if (!r->counter_examples.n && r->kind != RULE_RISK)
		return err_set(err, -EINVAL, "a shipped rule needs "
			       "counter-examples");
	if (!r->description)
		return err_set(err, -EINVAL, "description is missing");
	return 0;
}

int rule_finish(struct rule *r, unsigned long long seen, struct err *err)
{
	int e;

	if (!(seen >> rulekey_find("kind", NULL) & 1))
		return err_set(err, -EINVAL, "kind is missing: path, content, "
			       "env or risk");
	e = check_kind(r, seen, err);
	if (!e && r->kind == RULE_CONTENT)
		e = finish_content(r, err);
	else if (!e && r->kind == RULE_ENV)
		e = r->names.n ? check_confirm(r, err) :
		    err_set(err, -EINVAL, "names are missing: it would match "
			    "nothing");
	else if (!e)
		e = finish_paths(r, err);
	return e ? e : check_examples(r, err);
}

void rule_release(struct rule *r)
{
	static const size_t lists[] = {
		FIELD(examples), FIELD(counter_examples), FIELD(paths),
		FIELD(except), FIELD(confirm), FIELD(keywords),
		FIELD(validate), FIELD(allow), FIELD(stopwords), FIELD(names),
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		strlist_release((struct strlist *)((char *)r + lists[i]));
	pattern_free(r->re);
	free(r->id);
	free(r->description);
	free(r->ecosystem);
	free(r->file);
	free(r->class);
	free(r->pattern);
	free(r->detector);
}
