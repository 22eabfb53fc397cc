/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "scan/assign.h"
#include "scan/columns.h"
#include "scan/detect.h"
#include "scan/filekind.h"
#include "scan/name.h"
#include "scan/scanner.h"
#include "scan/value.h"
#include "scan/wordy.h"

#define REACH 4096
#define HEAD 256
#define NEXT_LINES 512	/* that <key>..</key><string> and the like may take */
#define NO_FINDING ((enum confidence)-1)

static enum filekind kind_of(struct scan *s)
{
	if (s->kind < 0)
		s->kind = (int)filekind_of(s->what->path);
	return (enum filekind)s->kind;
}

/* 1 where a name begins with one of the verbs, as a word of its own. */
static int has_verb(const char *const *verbs, const char *name, size_t len)
{
	for (; *verbs; verbs++) {
		size_t n = strlen(*verbs);

		if (len >= n && !strncasecmp(name, *verbs, n) &&
		    (len == n || !islower((unsigned char)name[n])))
			return 1;
	}
	return 0;
}

/* get_password("x") asks for x; it does not set it. */
static const char *const asking[] = {
	"get", "read", "load", "find", "fetch", "is", "has", "check",
	"validate", "verify", "parse", "hash", "test", "use", "require",
	"need", "list", "on", "ask", "prompt", "lookup", "describe", "show",
	"print", "log", "t", "assert", "expect", "generate", NULL
};

/* matches("password", "x") makes x no password. */
static const char *const comparing[] = {
	"matches", "match", "equals", "contains", "compare", "digest", "check",
	"assert", "expect", "t", "translate", "log", "print", "field", "label",
	NULL
};

static int is_asked(struct scan *s, const struct assign *a)
{
	const char *name = s->text + a->name, *end = name + a->name_len, *p;
	int quoted = a->name > 1 && name[-2] == '(';

	if (a->form != ASSIGN_CALL)
		return a->wrapped && has_verb(asking, name, a->name_len);
	/* I915_PW("name"), a macro for a power well. */
	if (!quoted && a->name_len > 3 && !memcmp(end - 3, "_PW", 3))
		return 1;
	if (quoted) {
		end = name - 2;
		name = end - (a->name - 2 < 64 ? a->name - 2 : 64);
	}
	for (p = end; p > name && (isalnum((unsigned char)p[-1]) || p[-1] == '_');)
		p--;
	return has_verb(quoted ? comparing : asking, p, (size_t)(end - p));
}

/* git's user.signingkey names a key that lies elsewhere. */
static int is_key_id(const char *name, const struct assign *a, const char *v)
{
	static const char signing[] = "signingkey";

	if (a->name_len < 10 || a->value_len > 40 ||
	    memcmp(name + a->name_len - 10, signing, 10))
		return 0;
	for (size_t i = 0; i < a->value_len; i++)
		if (!isxdigit((unsigned char)v[i]))
			return 0;
	return 1;
}

/* A picture of a build's state: its token is public. */
static int is_badge(struct scan *s, const struct assign *a)
{
	size_t n = a->name < 48 ? a->name : 48;

	return n && memchr("?&", s->text[a->name - 1], 2) &&
	       memmem(s->text + a->name - n, n, ".svg?", 5);
}

/* SSL_TXT_PSK "PSK", SN_auth_psk "AuthPSK": the name says nothing else. */
static int is_name_again(const char *name, const struct assign *a,
			 const char *v)
{
	size_t n = a->name_len, i = a->value_len, same = 0;

	while (i) {
		unsigned char c = (unsigned char)v[--i];

		if (c == '-' || c == '_' || c == '.')
			continue;
		while (n && memchr("-_.", name[n - 1], 3))
			n--;
		if (!n || tolower((unsigned char)name[--n]) != tolower(c))
			return 0;
		same++;
	}
	return same >= 3;
}

int detect_digits(const char *s, size_t len, size_t least)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += isdigit((unsigned char)s[i]) != 0;
	return n >= least;
}

/* password: value in a text, with nothing else on its line but a few words. */
static int is_note(struct scan *s, const struct assign *a)
{
	size_t p = a->name, end = a->value + a->value_len;
	const char *v = s->text + a->value;

	if (a->value_len < 8 || !detect_digits(v, a->value_len, 2) ||
	    memchr(v, '(', a->value_len) || memchr(v, ' ', a->value_len) ||
	    (a->form != ASSIGN_EQUALS && a->form != ASSIGN_COLON))
		return 0;
	while (p && s->text[p - 1] != '\n') {
		if (a->name - --p > 40)
			return 0;
		if (!isalnum((unsigned char)s->text[p]) &&
		    !memchr(" \t-*_#>+", s->text[p], 8))
			return 0;
	}
	while (end < s->len && memchr(" \t\r", s->text[end], 3))
		end++;
	return end >= s->len || s->text[end] == '\n';
}

/* NAME=value as an environment has it: all of the name in capitals. */
static int is_env(struct scan *s, const struct assign *a)
{
	const char *name = s->text + a->name;

	if (a->name_len < 4 || a->form == ASSIGN_COMPARE || a->form == ASSIGN_CALL)
		return 0;
	for (size_t i = 0; i < a->name_len; i++)
		if (!isupper((unsigned char)name[i]) && name[i] != '_' &&
		    !isdigit((unsigned char)name[i]))
			return 0;
	return 1;
}

/* May a value without quotes be one, in this form and kind of file? */
static int bare_is_value(struct scan *s, const struct assign *a)
{
	enum filekind k = kind_of(s);
	const char *op = s->text + a->name + a->name_len;
	int tight = a->form == ASSIGN_EQUALS && op[0] == '=';

	if (a->form == ASSIGN_PAIR || a->form == ASSIGN_OPTION)
		return k != FILE_CODE || a->form == ASSIGN_PAIR;
	if (a->form == ASSIGN_WORD)
		return k != FILE_CODE;
	if (a->form != ASSIGN_EQUALS && a->form != ASSIGN_COLON)
		return 0;
	if (k == FILE_CONFIG || k == FILE_OTHER)
		return a->whole_line || tight;
	return tight || (k == FILE_DOC && is_note(s, a));
}

/* Code is full of names; a value there has to look like one. */
static int value_fits(struct scan *s, const struct assign *a,
		      enum value_kind value)
{
	const char *p = s->text + a->value;

	if (a->quote)
		return 1;
	if (value == VALUE_WORDS || value == VALUE_SHORT)
		return kind_of(s) == FILE_DOC ? is_note(s, a) :
			a->whole_line || is_env(s, a);
	if (kind_of(s) != FILE_CODE)
		return !memchr(p, ' ', a->value_len) ||
		       value == VALUE_RANDOM;
	if (memchr(p, '[', a->value_len) || memchr(p, '(', a->value_len))
		return 0;
	return detect_digits(p, a->value_len, 1);
}

/* A8/A10, R2-D2: a part number, not a password in a program. */
static int is_mark(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (islower((unsigned char)s[i]))
			return 0;
	return len < 8;
}

/*
 * One plain word as a password in a configuration: weak, but somebody's. Not in
 * translations, where "password" is what is translated.
 */
static int is_weak_password(struct scan *s, const struct assign *a,
			    const char *v)
{
	static const char *const texts[] = { "locale", "i18n", "lang",
					     "translation" };
	const char *path = s->what->path;

	if (kind_of(s) != FILE_CONFIG || !a->whole_line || a->value_len < 5 ||
	    (a->form != ASSIGN_EQUALS && a->form != ASSIGN_COLON))
		return 0;
	for (size_t i = 0; i < a->value_len; i++)
		if (!islower((unsigned char)v[i]))
			return 0;
	for (size_t i = 0; path && i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcasestr(path, texts[i]))
			return 0;
	return 1;
}

static enum confidence judge_password(struct scan *s, const struct assign *a,
				      const char *v, enum value_kind value)
{
	size_t len = a->value_len;

	switch (value) {
	case VALUE_RANDOM:
		return CONFIDENCE_HIGH;
	case VALUE_CHOSEN:
		if (a->form == ASSIGN_CALL && !detect_digits(v, len, 1))
			return CONFIDENCE_LOW;
		return kind_of(s) == FILE_CODE && is_mark(v, len) ?
			NO_FINDING : CONFIDENCE_MEDIUM;
	case VALUE_SHORT:
		return a->form == ASSIGN_COMPARE ? NO_FINDING : CONFIDENCE_MEDIUM;
	case VALUE_WORDS:
		if (len >= 8 && detect_digits(v, len, 2) && !memchr(v, ' ', len))
			return CONFIDENCE_MEDIUM;
		if (is_weak_password(s, a, v))
			return CONFIDENCE_MEDIUM;
		if (memchr(v, ' ', len) || isupper((unsigned char)v[0]) ||
		    a->form == ASSIGN_CALL || a->wrapped || len < 4)
			return NO_FINDING;
		return CONFIDENCE_LOW;
	default:
		return NO_FINDING;
	}
}

/* So much of a value tells what kind it is. */
static size_t head_of(const struct assign *a)
{
	return a->value_len < HEAD ? a->value_len : HEAD;
}

static enum confidence judge_secret(struct scan *s, const struct assign *a,
				    const char *v, enum value_kind value)
{
	if (value == VALUE_RANDOM)
		return CONFIDENCE_HIGH;
	if (value == VALUE_PUBLIC && a->value_len == 36 && v[8] == '-')
		return CONFIDENCE_MEDIUM;
	/* Words and a number: chosen by somebody. */
	if (value == VALUE_WORDS && (is_env(s, a) || kind_of(s) == FILE_CONFIG) &&
	    detect_digits(v, a->value_len, 3) && detect_looks_made(v, head_of(a)))
		return CONFIDENCE_MEDIUM;
	if (value != VALUE_CHOSEN || a->value_len < 6 || a->wrapped ||
	    memchr(v, ' ', a->value_len))
		return NO_FINDING;
	if (a->form == ASSIGN_CALL)
		return CONFIDENCE_LOW;
	if (detect_digits(v, a->value_len, 1) || wordy_surprise(v, a->value_len) >= 52)
		return CONFIDENCE_MEDIUM;
	return CONFIDENCE_LOW;
}

/* The name is the end of a resource's type: AWS::ApiGateway::ApiKey. */
static int is_type(const char *text, size_t at)
{
	size_t from = at;

	while (from && at - from < 64 && (text[from - 1] == ':' ||
					  isalnum((unsigned char)text[from - 1])))
		from--;
	return at - from > 5 && text[at - 1] == ':' &&
	       !memcmp(text + from, "AWS::", 5);
}

/* The key of a test of ciphers, beside what it makes of what. */
static int is_vector(struct scan *s, const struct assign *a)
{
	static const char *const beside[] = {
		"ptext", "ctext", "plaintext", "ciphertext", "test vector",
		"testvec", "FIPS ", "NIST ", "RFC ",
	};
	size_t from = a->name > 256 ? a->name - 256 : 0;
	size_t to = a->value + a->value_len + 256;

	if (a->name_len > 7 || kind_of(s) != FILE_CODE)
		return 0;
	to = to < s->len ? to : s->len;
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		if (memmem(s->text + from, to - from, beside[i],
			   strlen(beside[i])))
			return 1;
	return 0;
}

static enum confidence judge(struct scan *s, const struct assign *a)
{
	const char *name = s->text + a->name, *v = s->text + a->value;
	enum value_kind value;
	enum name_class c;

	if ((!a->quote && !bare_is_value(s, a)) || is_type(s->text, a->name))
		return NO_FINDING;
	c = name_classify(name, a->name_len);
	if (c == NAME_OTHER)
		return NO_FINDING;
	if (is_asked(s, a) || is_name_again(name, a, v) || is_badge(s, a) ||
	    is_key_id(name, a, v) || is_vector(s, a) ||
	    detect_is_version(v, a->value_len))
		return NO_FINDING;
	value = value_judge(v, head_of(a));
	if (!value_fits(s, a, value))
		return NO_FINDING;
	/* In prose much is called a key. */
	if (c != NAME_PASSWORD && a->form == ASSIGN_COLON && !a->quote &&
	    a->value_len < 16 && kind_of(s) == FILE_DOC)
		return NO_FINDING;
	if (c == NAME_PASSWORD)
		return judge_password(s, a, v, value);
	if (c == NAME_SECRET)
		return judge_secret(s, a, v, value);
	if (value != VALUE_RANDOM || a->value_len < 20 ||
	    !detect_digits(v, a->value_len, 1) || memchr(v, '$', a->value_len) ||
	    memchr(v, ',', a->value_len))
		return NO_FINDING;
	return CONFIDENCE_MEDIUM;
}

/* A rule with a pattern: the value must match it, whatever its name says else. */
static enum confidence judge_by_pattern(struct scan *s, const struct slot *slot,
					const struct assign *a, size_t hit,
					size_t len)
{
	const char *v = s->text + a->value, *name = s->text + a->name;
	struct pattern_span at;

	if (value_is_placeholder(v, head_of(a)) ||
	    value_is_reference(v, head_of(a)) || is_badge(s, a) ||
	    (!detect_digits(v, head_of(a), 1) &&
	     value_judge(v, head_of(a)) == VALUE_WORDS) ||
	    name_is_plain(name, a->name_len) ||
	    !name_has_vendor(name, a->name_len, hit - a->name, len))
		return NO_FINDING;
	if (pattern_find(slot->rule->re, s->scratch, v, a->value_len, 0, &at,
			 1) != 1)
		return NO_FINDING;
	return slot->rule->confidence;
}

/* name = value, around a word of the name. */
static int detect_assignment(struct scan *s, const struct slot *slot,
			     size_t at, size_t len)
{
	struct seen *seen = &s->seen[slot->index];
	off_t abs = s->base + (off_t)at;
	enum confidence confidence;
	struct assign a;
	size_t from, to, end;

	if (seen->to && abs >= seen->from && abs < seen->to)
		return 0;
	if (scan_out_of_time(s) || kind_of(s) == FILE_NOISE)
		return 0;
	scan_line(s, at, REACH, &from, &to);
	end = to + NEXT_LINES < s->len ? to + NEXT_LINES : s->len;
	if (!assign_find(s->text, from, end, to, at, &a))
		a.value_len = 0;
	seen->from = s->base + (off_t)a.name;
	seen->to = seen->from + (off_t)a.name_len;
	if (!a.value_len && (slot->rule->re ||
			     !detect_loose(s, (int)kind_of(s), from, to, &a)))
		return 0;
	if (a.form == ASSIGN_LOOSE)
		return scan_found(s, slot, a.value, a.value_len, a.name,
				  a.value + a.value_len - a.name,
				  CONFIDENCE_MEDIUM);
	/* Another word of the name may be the vendor's. */
	if (slot->rule->re)
		seen->to = 0;
	if (slot->rule->re)
		confidence = judge_by_pattern(s, slot, &a, at, len);
	else
		confidence = judge(s, &a);
	if (confidence == NO_FINDING)
		return 0;
	return scan_found(s, slot, a.value, a.value_len, a.name,
			  a.value + a.value_len - a.name, confidence);
}

static int is_table_path(const char *path)
{
	const char *dot = path ? strrchr(path, '.') : NULL;

	return dot && (!strcasecmp(dot, ".csv") || !strcasecmp(dot, ".tsv"));
}

/* The value of a cell whose column is called name. */
static enum confidence judge_cell(struct scan *s, const struct columns *c,
				  const struct cell *cell)
{
	const char *name = s->text + c->name[cell->column].at;
	struct assign a = { .value = cell->at, .value_len = cell->len,
			    .form = ASSIGN_PAIR, .quote = '"' };
	const char *v = s->text + cell->at;
	enum name_class class = name_classify(name,
					      c->name[cell->column].len);

	if (!cell->len || (!c->sep && !cell->quoted))
		return NO_FINDING;
	if (c->bars && !detect_looks_made(v, cell->len))
		return NO_FINDING;
	if (class == NAME_PASSWORD)
		return judge_password(s, &a, v, value_judge(v, head_of(&a)));
	if (class == NAME_SECRET)
		return judge_secret(s, &a, v, value_judge(v, head_of(&a)));
	if ((class == NAME_VAGUE || class == NAME_KEY) && cell->len >= 32 &&
	    value_judge(v, head_of(&a)) == VALUE_RANDOM)
		return CONFIDENCE_MEDIUM;
	return NO_FINDING;
}

/* A column of passwords: a header of CSV, or the names of an INSERT. */
static int detect_column(struct scan *s, const struct slot *slot, size_t at,
			 size_t len)
{
	struct seen *seen = &s->seen[slot->index];
	off_t abs = s->base + (off_t)at;
	size_t from, to, end = at + SCAN_AFTER < s->len ? at + SCAN_AFTER : s->len;
	struct columns c;
	struct cell cell;
	int r = 0;

	if ((seen->to && abs >= seen->from && abs < seen->to) ||
	    scan_out_of_time(s))
		return 0;
	scan_line(s, at, REACH, &from, &to);
	if ((s->base + (off_t)from || !is_table_path(s->what->path) ||
	     !columns_csv(s->text, from, to, &c)) &&
	    !columns_bars(s->text, from, to, end, &c) &&
	    !columns_sql(s->text, from, end, at, &c))
		end = 0;
	while (!r && end && columns_next(&c, s->text, end, &cell)) {
		enum confidence confidence = judge_cell(s, &c, &cell);

		if (confidence != NO_FINDING)
			r = scan_found(s, slot, cell.at, cell.len, cell.at,
				       cell.len, confidence);
	}
	seen->from = s->base + (off_t)c.from;
	seen->to = s->base + (off_t)c.at;
	return r;
}

static const struct {
	const char *name;
	detector_fn fn;
} detectors[] = {
	{ "assignment", detect_assignment },
	{ "column", detect_column },
	{ "url", detect_url },
};

detector_fn detector_find(const char *name)
{
	for (size_t i = 0; i < sizeof(detectors) / sizeof(detectors[0]); i++)
		if (!strcmp(detectors[i].name, name))
			return detectors[i].fn;
	return NULL;
}

int detector_exists(const char *name)
{
	return detector_find(name) != NULL;
}
