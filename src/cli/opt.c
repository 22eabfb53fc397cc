/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/opt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/conf.h"
#include "util/guess.h"

struct opt_common opt_common = { .color = "auto" };

static const struct opt help_option =
	OPT_FLAG('h', "help", NULL, "print this help");

/* What is being parsed: words are taken from at, operands put to kept. */
struct parse {
	const struct opt *table;
	char **argv;
	int argc, at, kept;
	struct err *err;
};

static int choice_has(const char *choices, const char *value)
{
	size_t len = strlen(value);

	while (len) {
		size_t n = strcspn(choices, "|");

		if (n == len && !memcmp(choices, value, len))
			return 1;
		if (!choices[n])
			break;
		choices += n + 1;
	}
	return 0;
}

static int list_add(struct opt_list *l, const char *value, struct err *err)
{
	const char **at = realloc(l->at, (l->n + 2) * sizeof(*at));

	if (!at)
		return err_errno(err, -ENOMEM, "options");
	at[l->n] = value;
	at[l->n + 1] = NULL;
	l->at = at;
	l->n++;
	return 0;
}

static int parse_number(const char *value, long *out, struct err *err)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno || n < 0 || end == value || *end)
		return err_set(err, -EINVAL, "not a number: '%s'", value);
	*out = n;
	return 0;
}

static int store(const struct opt *o, const char *value, struct err *err)
{
	switch (o->kind) {
	case OPT_KIND_CHOICE:
		if (!choice_has(o->arg, value))
			return err_set(err, -EINVAL, "'%s' is none of %s",
				       value, o->arg);
		/* fallthrough */
	case OPT_KIND_STRING:
		*(const char **)o->to = value;
		return 0;
	case OPT_KIND_LIST:
		return list_add(o->to, value, err);
	case OPT_KIND_NUMBER:
		return parse_number(value, o->to, err);
	case OPT_KIND_SIZE:
		return conf_size(value, o->to, err);
	default:
		*(int *)o->to = 1;
		return 0;
	}
}

/* Gives o its value: attached (behind '=' or a letter), or the next word. */
static int take(struct parse *p, const struct opt *o, const char *attached,
		const char *shown)
{
	const char *value = attached;
	int ret;

	if (!o->arg && attached)
		return err_set(p->err, -EINVAL, "option '%s' takes no value",
			       shown);
	if (o->arg && !value) {
		if (p->at >= p->argc)
			return err_set(p->err, -EINVAL,
				       "option '%s' needs a value: %s", shown,
				       o->arg);
		value = p->argv[p->at++];
	}
	ret = store(o, value, p->err);
	if (ret)
		err_wrap(p->err, "option '%s'", shown);
	return ret;
}

/* *out is NULL where none matches; -EINVAL where several do. */
static int find_long(struct parse *p, const char *name, size_t len,
		     const struct opt **out)
{
	const struct opt *o = p->table;

	*out = NULL;
	for (;; o++) {
		const struct opt *c = o->kind == OPT_KIND_END ? &help_option : o;

		if (!strncmp(c->name, name, len)) {
			if (!c->name[len]) {
				*out = c;
				return 0;
			}
			if (*out && len)
				return err_set(p->err, -EINVAL,
					       "ambiguous option '--%.*s': --%s or --%s",
					       (int)len, name, (*out)->name,
					       c->name);
			*out = len ? c : NULL;
		}
		if (o->kind == OPT_KIND_END)
			return 0;
	}
}

static int unknown(struct parse *p, const char *name, size_t len)
{
	struct guess g = GUESS_INIT(name, len);

	for (const struct opt *o = p->table; o->kind != OPT_KIND_END; o++)
		guess_offer(&g, o->name);
	guess_offer(&g, help_option.name);
	if (!g.best)
		return err_set(p->err, -EINVAL, "unknown option '--%.*s'",
			       (int)len, name);
	return err_set(p->err, -EINVAL, "unknown option '--%.*s', but there is"
		       " '--%s'", (int)len, name, g.best);
}

static int parse_long(struct parse *p, const char *word)
{
	const char *name = word + 2, *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	char shown[64];
	const struct opt *o;
	int ret;

	ret = find_long(p, name, len, &o);
	if (ret)
		return ret;
	if (!o)
		return unknown(p, name, len);
	if (o == &help_option && !eq)
		return 1;
	snprintf(shown, sizeof(shown), "--%s", o->name);
	return take(p, o, eq ? eq + 1 : NULL, shown);
}

static const struct opt *find_letter(const struct opt *o, int letter)
{
	for (; o->kind != OPT_KIND_END; o++)
		if (o->letter == letter)
			return o;
	return letter == help_option.letter ? &help_option : NULL;
}

static int parse_letters(struct parse *p, const char *word)
{
	for (const char *s = word + 1; *s; s++) {
		const struct opt *o = find_letter(p->table, (unsigned char)*s);
		char shown[] = { '-', *s, '\0' };
		int ret;

		if (!o)
			return err_set(p->err, -EINVAL, "unknown option '%s'",
				       shown);
		if (o == &help_option)
			return 1;
		if (o->arg)
			return take(p, o, s[1] ? s + 1 : NULL, shown);
		ret = take(p, o, NULL, shown);
		if (ret)
			return ret;
	}
	return 0;
}

static void keep_rest(struct parse *p)
{
	while (p->at < p->argc)
		p->argv[p->kept++] = p->argv[p->at++];
}

int opt_parse(const struct opt *table, int flags, int *argc, char **argv,
	      struct err *err)
{
	struct parse p = { table, argv, *argc, 0, 0, err };
	int ret = 0;

	while (p.at < p.argc && !ret) {
		char *word = argv[p.at++];

		if (!strcmp(word, "--")) {
			keep_rest(&p);
		} else if (word[0] != '-' || !word[1]) {
			argv[p.kept++] = word;
			if (flags & OPT_FIRST_OPERAND_ENDS)
				keep_rest(&p);
		} else if (word[1] == '-') {
			ret = parse_long(&p, word);
		} else {
			ret = parse_letters(&p, word);
		}
	}
	if (ret)
		return ret;
	*argc = p.kept;
	argv[p.kept] = NULL;
	return 0;
}

static void print_one(FILE *f, const struct opt *o)
{
	char left[96];

	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", o->letter ? "-" : " ",
		 o->letter ? o->letter : ' ', o->letter ? ", " : "  ",
		 o->name, o->arg ? "=" : "", o->arg ? o->arg : "");
	if (strlen(left) > 24)
		fprintf(f, "  %s\n  %24s  %s\n", left, "", o->help);
	else
		fprintf(f, "  %-24s  %s\n", left, o->help);
}

void opt_print(FILE *f, const struct opt *table)
{
	for (; table->kind != OPT_KIND_END; table++)
		print_one(f, table);
	print_one(f, &help_option);
}
