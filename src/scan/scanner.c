/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/scanner.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static int make_globs(const struct strlist *l, struct glob ***out,
		      struct err *err)
{
	int r = 0;

	*out = calloc(l->n + 1, sizeof(**out));
	if (!*out)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < l->n; i++)
		r = glob_new(&(*out)[i], l->at[i], err);
	return r;
}

static void free_globs(struct glob **g)
{
	for (size_t i = 0; g && g[i]; i++)
		glob_free(g[i]);
	free(g);
}

static int make_slot(struct slot *s, const struct rule *rule, struct err *err)
{
	int r = 0;

	s->rule = rule;
	s->detector = rule->detector ? detector_find(rule->detector) : NULL;
	s->allow = calloc(rule->allow.n + 1, sizeof(*s->allow));
	s->validate = calloc(rule->validate.n + 1, sizeof(*s->validate));
	if (!s->allow || !s->validate)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < rule->allow.n; i++)
		r = pattern_new(&s->allow[i], rule->allow.at[i],
				rule->origin == ORIGIN_SHIPPED ? PATTERN_LAZY :
								 0, err);
	for (size_t i = 0; !r && i < rule->validate.n; i++)
		s->validate[i] = validator_find(rule->validate.at[i]);
	if (!r)
		r = make_globs(&rule->paths, &s->paths, err);
	if (!r)
		r = make_globs(&rule->except, &s->except, err);
	return r;
}

static void release_slot(struct slot *s)
{
	for (size_t i = 0; s->allow && s->allow[i]; i++)
		pattern_free(s->allow[i]);
	free(s->allow);
	free(s->validate);
	free_globs(s->paths);
	free_globs(s->except);
}

static int make_slots(struct scanner *sc, struct err *err)
{
	size_t n = ruleset_count(sc->rules);
	int r = 0;

	sc->slots = calloc(n + 1, sizeof(*sc->slots));
	if (!sc->slots)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < n; i++) {
		const struct rule *rule = ruleset_get(sc->rules, i);

		if (rule->kind != RULE_CONTENT || rule->disabled)
			continue;
		sc->slots[sc->nslots].index = (unsigned)sc->nslots;
		r = make_slot(&sc->slots[sc->nslots++], rule, err);
		if (r)
			err_wrap(err, "%s:%d", rule->file, rule->line);
	}
	return r;
}

/* A keyword of a slot, to be sorted so that each word comes once. */
struct pair {
	const char *word;
	uint32_t slot;
};

static int by_word(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = strcmp(x->word, y->word);

	return c ? c : x->slot < y->slot ? -1 : x->slot > y->slot;
}

static size_t gather(struct scanner *sc, struct pair *out)
{
	size_t n = 0;

	for (size_t i = 0; i < sc->nslots; i++) {
		const struct strlist *l = &sc->slots[i].rule->keywords;

		for (size_t j = 0; j < l->n; j++, n++) {
			if (!out)
				continue;
			out[n].word = l->at[j];
			out[n].slot = (uint32_t)i;
		}
		if (!l->n && out)
			sc->always[sc->nalways++] = (uint32_t)i;
	}
	return n;
}

static int index_words(struct scanner *sc, const struct pair *p, size_t n,
		       const char **words, struct err *err)
{
	size_t bad = 0;
	int r;

	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(p[i].word, p[i - 1].word)) {
			words[sc->nwords] = p[i].word;
			sc->first[sc->nwords++] = (uint32_t)i;
		}
		sc->of[i] = p[i].slot;
	}
	sc->first[sc->nwords] = (uint32_t)n;
	if (sc->nwords > HITS / 2)
		return err_set(err, -E2BIG, "the rules have %zu keywords; "
			       "%d are allowed", sc->nwords, HITS / 2);
	r = keywords_new(&sc->words, words, sc->nwords, &bad);
	if (r == -EINVAL)
		return err_set(err, r, "keyword '%.70s' is not of %d to %d "
			       "bytes", words[bad], KEYWORD_MIN, KEYWORD_MAX);
	return r ? err_set(err, r, "out of memory") : 0;
}

static int make_words(struct scanner *sc, struct err *err)
{
	size_t n = gather(sc, NULL);
	struct pair *p = calloc(n + 1, sizeof(*p));
	const char **words = calloc(n + 1, sizeof(*words));
	int r = -ENOMEM;

	sc->first = calloc(n + 2, sizeof(*sc->first));
	sc->of = calloc(n + 1, sizeof(*sc->of));
	sc->always = calloc(sc->nslots + 1, sizeof(*sc->always));
	if (!p || !words || !sc->first || !sc->of || !sc->always) {
		err_set(err, r, "out of memory");
		goto out;
	}
	gather(sc, p);
	qsort(p, n, sizeof(*p), by_word);
	r = index_words(sc, p, n, words, err);
out:
	free(p);
	free(words);
	return r;
}

int scanner_new(struct scanner **out, const struct ruleset *rules,
		struct err *err)
{
	struct scanner *sc = calloc(1, sizeof(*sc));
	int r;

	if (!sc)
		return err_set(err, -ENOMEM, "out of memory");
	sc->rules = rules;
	pthread_mutex_init(&sc->lock, NULL);
	r = make_slots(sc, err);
	if (!r)
		r = make_words(sc, err);
	if (r)
		scanner_free(sc);
	else
		*out = sc;
	return r;
}

static void free_state(struct scan *s)
{
	pattern_scratch_free(s->scratch);
	buf_wipe(&s->secrets);
	fold_release(&s->path);
	free(s->seen);
	free(s->found);
	/* the last pieces of a file, which may hold secrets */
	if (s->raw)
		explicit_bzero(s->raw, malloc_usable_size(s->raw));
	if (s->narrow)
		explicit_bzero(s->narrow, malloc_usable_size(s->narrow));
	free(s->raw);
	free(s->narrow);
	free(s);
}

void scanner_free(struct scanner *sc)
{
	if (!sc)
		return;
	while (sc->free) {
		struct scan *next = sc->free->next;

		free_state(sc->free);
		sc->free = next;
	}
	for (size_t i = 0; i < sc->nslots; i++)
		release_slot(&sc->slots[i]);
	free(sc->slots);
	keywords_free(sc->words);
	free(sc->first);
	free(sc->of);
	free(sc->always);
	pthread_mutex_destroy(&sc->lock);
	free(sc);
}

const struct rule *scanner_rule(const struct scanner *sc, const char *id)
{
	return ruleset_find(sc->rules, id);
}

int scanner_is_empty(const struct scanner *sc)
{
	return !sc->nslots;
}

struct scan *scan_begin(struct scanner *sc)
{
	struct scan *s;

	pthread_mutex_lock(&sc->lock);
	s = sc->free;
	if (s)
		sc->free = s->next;
	pthread_mutex_unlock(&sc->lock);
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	buf_init(&s->secrets);
	s->sc = sc;
	s->seen = calloc(sc->nslots + 1, sizeof(*s->seen));
	if (!s->seen || pattern_scratch_new(&s->scratch)) {
		free_state(s);
		return NULL;
	}
	return s;
}

void scan_end(struct scanner *sc, struct scan *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&sc->lock);
	s->next = sc->free;
	sc->free = s;
	pthread_mutex_unlock(&sc->lock);
}

static int any_glob(struct glob *const *g, const struct folded *path)
{
	for (; *g; g++)
		if (glob_match(*g, path, path->n))
			return 1;
	return 0;
}

static int decide(struct scan *s, const struct slot *slot)
{
	const struct folded *path = s->path.n ? &s->path : NULL;
	const struct rule *r = slot->rule;

	if (r->severity < s->what->least_severity)
		return 0;
	if (s->res->binary && r->confidence < CONFIDENCE_HIGH)
		return 0;
	if (*slot->paths && (!path || !any_glob(slot->paths, path)))
		return 0;
	return !(*slot->except && path && any_glob(slot->except, path));
}

int slot_applies(struct scan *s, const struct slot *slot)
{
	struct seen *seen = &s->seen[slot->index];

	if (seen->file != s->file) {
		memset(seen, 0, sizeof(*seen));
		seen->file = s->file;
		seen->path = decide(s, slot);
	}
	return seen->path;
}
