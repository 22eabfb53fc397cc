/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gitleaks.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "scan/keywords.h"
#include "util/conf.h"

#define CHUNK 150	/* of a line of ours, well below CONF_LINE_MAX */
#define MANY_LINES 100

const char *gitleaks_text(const json_t *table, const char *key)
{
	return json_string_value(json_object_get(table, key));
}

int gitleaks_number(const json_t *table, const char *key)
{
	return (int)json_number_value(json_object_get(table, key));
}

void gitleaks_release(struct gitleaks *g)
{
	buf_release(&g->ini);
	strlist_release(&g->lost);
	strlist_release(&g->notes);
}

void gitleaks_lost(struct gitleaks *g, const struct gitleaks_rule *r, int line,
		   const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	buf_addf(&b, "%d: ", line);
	if (r && !r->of_file)
		buf_addf(&b, "rule %s: ", r->id);
	buf_addstr(&b, text ? text : "out of memory");
	/* Of the file's own allowlists each rule says the same. */
	if (!strlist_has(&g->lost, b.ptr))
		strlist_add(&g->lost, b.ptr);
	free(text);
	buf_release(&b);
}

/* ========== INI ========== */

/* A long value goes on in indented lines, which must not look like comments. */
static void put_value(struct buf *to, const char *s)
{
	size_t n = 0;

	for (; *s; s++) {
		if (++n > CHUNK && !strchr(" \t#;", *s)) {
			buf_addstr(to, "\\\n\t");
			n = 1;
		}
		buf_addch(to, *s);
	}
}

/* A pattern: nothing in it that INI would take for its own. */
static void put_pattern(struct buf *to, const char *s)
{
	struct buf b = BUF_INIT;
	const char *from = s;

	for (; *s; s++) {
		int escaped = *s == '\\' && s[1];

		if (escaped)
			s++;
		if (escaped && *s == '\\')
			buf_addstr(&b, "\\x5c");
		else if (escaped && *s != '\n' && *s != ';' && *s != ' ')
			buf_addf(&b, "\\%c", *s);
		else if (*s == '\n')
			buf_addstr(&b, "\\n");
		else if (*s == '\t')
			buf_addstr(&b, "\\t");
		else if (*s == '\r')
			buf_addstr(&b, "\\r");
		else if (*s == ';' || (*s == '#' && s == from) ||
			 (*s == ' ' && (s == from || !s[1])))
			buf_addf(&b, "\\x%02x", *s);
		else
			buf_addch(&b, *s);
	}
	put_value(to, b.ptr);
	buf_release(&b);
}

static void put_patterns(struct buf *to, const char *key,
			 const struct strlist *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (i)
			buf_addstr(to, "\t");
		else
			buf_addf(to, "%s = ", key);
		put_pattern(to, l->at[i]);
		buf_addch(to, '\n');
	}
}

/* Words with commas between, some on each line. */
static void put_words(struct buf *to, const char *key, const struct strlist *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!i)
			buf_addf(to, "%s = ", key);
		else
			buf_addstr(to, n > 60 ? "\n\t" : ", ");
		n = n > 60 ? 0 : n;
		buf_addstr(to, l->at[i]);
		n += strlen(l->at[i]) + 2;
	}
	if (l->n)
		buf_addch(to, '\n');
}

static void put_globs(struct buf *to, const char *key, const struct strlist *l)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_addf(to, i ? "\t" : "%s = ", key);
		put_value(to, l->at[i]);
		buf_addch(to, '\n');
	}
}

/* A line of prose: no break, and no ";" that would begin a comment. */
static void put_text(struct buf *to, const char *key, const char *s)
{
	struct buf b = BUF_INIT;

	while (isspace((unsigned char)*s) || *s == '#')
		s++;
	for (; *s; s++)
		buf_addch(&b, iscntrl((unsigned char)*s) ? ' ' :
			      *s == ';' || *s == '\\' ? ',' : *s);
	if (b.len) {
		buf_addf(to, "%s = ", key);
		put_value(to, b.ptr);
		buf_addch(to, '\n');
	}
	buf_release(&b);
}

/* ========== one rule ========== */

/*
 * RE2 knows no {,n} and takes it as it stands; of bytes beyond ASCII in a class
 * it sees the characters, we the bytes. Why a pattern cannot be taken, or NULL.
 */
static const char *pattern_trouble(const char *regex)
{
	int class = 0;

	for (const char *p = regex; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
			if (strchr("QEC", *p))
				return "\\Q, \\E or \\C";
			if (strchr("pP", *p))
				return "classes of Unicode";
		} else if (*p == '[' && !class) {
			class = 1;
			if (p[1] == '^')
				p++;
			if (p[1] == ']')
				p++;
		} else if (*p == ']') {
			class = 0;
		} else if (*p & 0x80 && class) {
			return "a class of characters beyond ASCII";
		} else if (*p == '{' && p[1] == ',' && !class) {
			return "{, without a number";
		}
	}
	return NULL;
}

static int spans_lines(const char *regex)
{
	static const char *const marks[] = { "[\\s\\S", "[\\S\\s", "(?s", "\\n",
					     "\\r", "[\\w\\W", "[^\"]", "[^']" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(regex, marks[i]))
			return 1;
	return strchr(regex, '\n') != NULL;
}

static int holds_nocase(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

/* Those of the rule, if a match must hold one; else none. */
static int choose_keywords(struct gitleaks *g, const struct gitleaks_rule *r,
			   const char *regex, struct strlist *out)
{
	const json_t *words = json_object_get(r->from, "keywords"), *word;
	struct buf note = BUF_INIT;
	size_t i;
	int ret = 0, good = json_array_size(words) > 0;

	json_array_foreach(words, i, word) {
		const char *w = json_string_value(word);

		good = good && w && strlen(w) >= KEYWORD_MIN &&
		       strlen(w) <= KEYWORD_MAX && !strpbrk(w, ",;#\n") &&
		       holds_nocase(regex, w);
		if (good && !ret)
			ret = strlist_add(out, w);
	}
	if (!good && !ret) {
		strlist_release(out);
		buf_addf(&note, "%d: rule %s: no keyword that a match must hold, "
			 "so it is tried everywhere: that is slow", r->line, r->id);
		ret = buf_oom(&note) ? -ENOMEM :
			strlist_add(&g->notes, note.ptr);
	}
	buf_release(&note);
	return ret;
}

static int group_of(const struct gitleaks_rule *r, const char *regex)
{
	struct err ignored = ERR_INIT;
	struct pattern *p;
	int group = gitleaks_number(r->from, "secretGroup");

	if (group || pattern_new(&p, regex, 0, &ignored))
		return group;
	/* Without a number, the first group that took part is the secret. */
	group = pattern_group_count(p) > 0;
	pattern_free(p);
	return group;
}

static void put_content(struct gitleaks *g, const struct gitleaks_rule *r,
			const char *regex, struct buf *to)
{
	struct strlist words = STRLIST_INIT;
	double entropy = json_number_value(json_object_get(r->from, "entropy"));

	buf_addstr(to, "kind = content\n");
	put_text(to, "description", gitleaks_text(r->from, "description") ?
		 gitleaks_text(r->from, "description") : r->id);
	choose_keywords(g, r, regex, &words);
	put_words(to, "keywords", &words);
	buf_addstr(to, "pattern = ");
	put_pattern(to, regex);
	buf_addf(to, "\ngroup = %d\n", group_of(r, regex));
	if (spans_lines(regex))
		buf_addf(to, "lines = %d\n", MANY_LINES);
	if (entropy > 0)
		buf_addf(to, "entropy = %d.%02d\n", (int)entropy,
			 (int)(entropy * 100) % 100);
	put_globs(to, "paths", &r->paths);
	put_globs(to, "except", &r->except);
	put_patterns(to, "allow", &r->allow);
	put_words(to, "stopwords", &r->stopwords);
	buf_addstr(to, "severity = high\nconfidence = medium\n\n");
	strlist_release(&words);
}

static void put_path(const struct gitleaks_rule *r, struct buf *to)
{
	buf_addstr(to, "kind = path\n");
	put_text(to, "description", gitleaks_text(r->from, "description") ?
		 gitleaks_text(r->from, "description") : r->id);
	put_globs(to, "paths", &r->paths);
	put_globs(to, "except", &r->except);
	buf_addstr(to, "severity = high\nconfidence = medium\n\n");
}

/* As our own reader takes it, or what it says against it. */
static int is_taken(const struct buf *ini, struct err *err)
{
	struct ruleset *set;
	int r = ruleset_new(&set);

	if (r)
		return 0;
	r = ruleset_parse(set, "rule", ini->ptr, ini->len, ORIGIN_USER, err);
	ruleset_free(set);
	return !r;
}

static int gather_paths(struct gitleaks *g, struct gitleaks_rule *r)
{
	const char *regex = gitleaks_text(r->from, "path");
	int ret = regex ? gitleaks_globs(regex, &r->paths) : 0;

	if (ret != -ENOTSUP)
		return ret;
	gitleaks_lost(g, r, r->line, "the whole rule, for its path '%s' is more "
		      "than globs can say", regex);
	return -ENOTSUP;
}

/* 1 where the list is for rules that do not include this one. */
static int is_for_others(const json_t *list, const char *id)
{
	const json_t *targets = json_object_get(list, "targetRules"), *target;
	size_t i;

	json_array_foreach(targets, i, target)
		if (json_is_string(target) && !strcmp(json_string_value(target), id))
			return 0;
	return json_array_size(targets) > 0;
}

/* allowlist is a table, or as allowlists an array of them. */
static int gather_lists(struct gitleaks *g, struct gitleaks_rule *r,
			const json_t *table)
{
	static const char *const keys[] = { "allowlist", "allowlists" };
	int ret = 0;

	for (size_t k = 0; !ret && k < 2; k++) {
		const json_t *at = json_object_get(table, keys[k]), *list;
		size_t i;

		if (json_is_object(at) && !is_for_others(at, r->id))
			ret = gitleaks_allow(g, r, at);
		json_array_foreach(at, i, list)
			if (!ret && !is_for_others(list, r->id))
				ret = gitleaks_allow(g, r, list);
	}
	return ret;
}

static void put_rule(struct gitleaks *g, const struct gitleaks_rule *r,
		     const struct ruleset *known)
{
	const char *regex = gitleaks_text(r->from, "regex");
	struct buf one = BUF_INIT;
	struct err err = ERR_INIT;
	const char *why;

	buf_addf(&one, "[%s%s]\n", r->id,
		 known && ruleset_find(known, r->id) ? "-imported" : "");
	if (regex)
		put_content(g, r, regex, &one);
	else
		put_path(r, &one);
	if (is_taken(&one, &err)) {
		buf_add(&g->ini, one.ptr, one.len);
		g->rules++;
	} else {
		why = strstr(err.msg, ": ");
		gitleaks_lost(g, r, r->line, "the whole rule: %s",
			      why ? why + 2 : err.msg);
	}
	buf_release(&one);
}

static int import_rule(struct gitleaks *g, const json_t *doc,
		       const json_t *from, const struct ruleset *known)
{
	struct gitleaks_rule r = { .from = from,
				   .id = gitleaks_text(from, "id"),
				   .line = gitleaks_number(from, "@line") };
	const char *regex = gitleaks_text(from, "regex"), *trouble;
	int ret;

	r.has_pattern = regex != NULL;
	trouble = regex ? pattern_trouble(regex) : NULL;
	if (!r.id || (!regex && !gitleaks_text(from, "path"))) {
		gitleaks_lost(g, NULL, r.line, "a rule without %s",
			      r.id ? "regex and path" : "an id");
		return 0;
	}
	if (trouble) {
		gitleaks_lost(g, &r, r.line, "the whole rule, for its pattern "
			      "has %s", trouble);
		return 0;
	}
	if (json_array_size(json_object_get(from, "required")))
		gitleaks_lost(g, &r, r.line, "rules that it requires nearby");
	ret = gather_paths(g, &r);
	if (!ret)
		ret = gather_lists(g, &r, from);
	r.of_file = 1;
	if (!ret)
		ret = gather_lists(g, &r, doc);
	r.of_file = 0;
	if (!ret)
		put_rule(g, &r, known);
	strlist_release(&r.paths);
	strlist_release(&r.except);
	strlist_release(&r.allow);
	strlist_release(&r.stopwords);
	return ret == -ENOTSUP ? 0 : ret;
}

int gitleaks_import(const json_t *doc, const struct ruleset *known,
		    struct gitleaks *out, struct err *err)
{
	const json_t *rules = json_object_get(doc, "rules"), *rule;
	const json_t *extend = json_object_get(doc, "extend");
	struct strlist ids = STRLIST_INIT;
	size_t i;
	int ret = 0;

	memset(out, 0, sizeof(*out));
	if (!json_is_array(rules))
		return err_set(err, -EINVAL, "no [[rules]]: this is not a "
			       "configuration of gitleaks");
	if (extend)
		gitleaks_lost(out, NULL, gitleaks_number(extend, "@line"),
			      "what [extend] names is not read");
	json_array_foreach(rules, i, rule) {
		const char *id = gitleaks_text(rule, "id");

		if (ret)
			break;
		if (id && strlist_has(&ids, id)) {
			gitleaks_lost(out, NULL, gitleaks_number(rule, "@line"),
				      "a second rule %s", id);
			continue;
		}
		if (id)
			ret = strlist_add(&ids, id);
		if (!ret)
			ret = import_rule(out, doc, rule, known);
	}
	strlist_release(&ids);
	if (!ret && buf_oom(&out->ini))
		ret = -ENOMEM;
	return ret ? err_errno(err, ret, "rules") : 0;
}
