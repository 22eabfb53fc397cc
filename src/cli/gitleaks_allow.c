/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cli/gitleaks.h"

/* What an allowlist may go by. */
static const char *const criteria[] = { "paths", "regexes", "stopwords",
					"commits" };
#define CRITERIA (sizeof(criteria) / sizeof(criteria[0]))

static size_t length(const json_t *list, const char *key)
{
	return json_array_size(json_object_get(list, key));
}

static int allow_paths(struct gitleaks *g, struct gitleaks_rule *r,
		       const json_t *list, int line)
{
	const json_t *paths = json_object_get(list, "paths"), *path;
	size_t i;
	int ret = 0;

	json_array_foreach(paths, i, path) {
		const char *regex = json_string_value(path);

		if (ret)
			break;
		ret = regex ? gitleaks_globs(regex, &r->except) : -ENOTSUP;
		if (ret == -ENOTSUP) {
			gitleaks_lost(g, r, line, "the allowed path '%s' is "
				      "more than globs can say",
				      regex ? regex : "");
			ret = 0;
		}
	}
	return ret;
}

static int allow_regexes(struct gitleaks *g, struct gitleaks_rule *r,
			 const json_t *list, int line)
{
	const json_t *regexes = json_object_get(list, "regexes"), *regex;
	const char *target = gitleaks_text(list, "regexTarget");
	size_t i;
	int ret = 0;

	if (!json_array_size(regexes))
		return 0;
	if (target && strcmp(target, "secret")) {
		gitleaks_lost(g, r, line, "an allowlist with regexTarget '%s': "
			      "allow looks at the secret alone", target);
		return 0;
	}
	json_array_foreach(regexes, i, regex)
		if (!ret && json_is_string(regex))
			ret = strlist_add(&r->allow, json_string_value(regex));
	return ret;
}

static int allow_words(struct gitleaks *g, struct gitleaks_rule *r,
		       const json_t *list, int line)
{
	const json_t *words = json_object_get(list, "stopwords"), *word;
	size_t i;
	int ret = 0;

	json_array_foreach(words, i, word) {
		const char *w = json_string_value(word);

		if (ret)
			break;
		if (w && *w && !strpbrk(w, ",;#\n"))
			ret = strlist_add(&r->stopwords, w);
		else
			gitleaks_lost(g, r, line, "the stopword '%s'",
				      w ? w : "");
	}
	return ret;
}

int gitleaks_allow(struct gitleaks *g, struct gitleaks_rule *r,
		   const json_t *list)
{
	const char *condition = gitleaks_text(list, "condition");
	int line = gitleaks_number(list, "@line"), ret;
	size_t kinds = 0;

	for (size_t i = 0; i < CRITERIA; i++)
		kinds += length(list, criteria[i]) > 0;
	if (condition && !strcasecmp(condition, "and") && kinds > 1) {
		gitleaks_lost(g, r, line, "an allowlist that wants more than "
			      "one thing at a time");
		return 0;
	}
	if (length(list, "commits"))
		gitleaks_lost(g, r, line, "allowed commits");
	ret = allow_paths(g, r, list, line);
	if (!ret && r->has_pattern)
		ret = allow_regexes(g, r, list, line);
	if (!ret && r->has_pattern)
		ret = allow_words(g, r, list, line);
	return ret;
}
