/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/confirm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scan/validate.h"
#include "util/io.h"

#define PIECE (1u << 20)
#define OVERLAP (4u << 10)

struct marker {
	int veto;
	struct pattern *pattern;	/* either this */
	const struct validator *validator;	/* or this */
};

struct markers {
	struct marker *at;
	size_t n;
};

struct confirm {
	struct markers *of;	/* by number of the rule */
	size_t n;
};

/* What stands where a secret would, and is none. */
#define PLACEHOLDER \
	"(?!null|none|nil|true|false|undefined|change_?me|your[-_ ]|xxx|" \
	"\\*\\*\\*|example|placeholder|dummy|replace|insert|enter[-_ ]|env\\b|" \
	"process\\.env|os\\.environ|getenv|(?:var|local|data|module)\\.|vault:|" \
	"ENC\\[|!vault|\\.\\.\\.)"

#define SECRET_NAME \
	"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|" \
	"access[_-]?key|private[_-]?key|auth[_-]?key|account[_-]?key|" \
	"license[_-]?key|secret[_-]?key|credentials?|psk|passwd)"

static const struct {
	const char *name, *regex;
} named[] = {
	{ "private-key",
	  "-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
	  "(?!\\s{0,4}(?:\\.{3}|<|\\{\\{|\\[|\\*{3}|x{4}|-----END))|"
	  "^PuTTY-User-Key-File-|^\\((?:\\d+:)?private-key|AGE-SECRET-KEY-1|"
	  "^---- BEGIN SSH2 ENCRYPTED PRIVATE KEY" },
	{ "secret-value",
	  "(?i)" SECRET_NAME "[\\w.-]{0,40}[\"']?\\]?[ \\t]{0,8}(?:=>|:=|[:=])"
	  "[ \\t]{0,8}(?|"
	  "[@rbu]?\"" PLACEHOLDER "(?![\\s$<%{]|`[^`\"\n]*`\")((?:[^\"\\\\\r\n]|\\\\.){3,}+)\"|"
	  "[@rbu]?'" PLACEHOLDER "(?![\\s$<%{])((?:[^'\\\\\r\n]|\\\\.){3,}+)'|"
	  PLACEHOLDER "([^\\s\"'$<%{(\\[,;&|>*!][^\\s\"'(\\[,;]{3,})"
	  "(?=[ \\t]*(?:[#;,].*)?$))" },
	{ "export-secret",
	  "(?i)^[ \\t]*(?:export|set[ \\t]+-g?x|setenv)[ \\t]+[a-z_]\\w*?"
	  "(?:KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL|AUTH)\\w*(?:=|[ \\t]+)[\"']?"
	  "(" PLACEHOLDER "[^\\s\"'$<`]{4,})" },
	{ "xml-secret",
	  "(?i)<(?:\\w{1,20}:)?\\w{0,40}(?:" SECRET_NAME "|master)\\w{0,20}"
	  "(?:[ \\t][^<>]{0,200})?>\\s{0,20}((?!\\$\\{)[^<\\s][^<]{2,}?)\\s{0,20}<" },
	{ "url-password",
	  "://[^\\s/:@\"'<>]{0,200}:"
	  "((?!\\$|%\\{|\\{|<|\\*\\*\\*|\\[)[^\\s/@\"'<>]{1,200})@" },
};

const char *confirm_pattern(const char *name)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (!strcmp(named[i].name, name))
			return named[i].regex;
	return NULL;
}

static int make_marker(struct marker *m, const char *text, struct err *err)
{
	m->veto = *text == '!';
	text += m->veto;
	if (*text == '@' && confirm_pattern(text + 1))
		text = confirm_pattern(text + 1);
	if (*text != '@')
		return pattern_new(&m->pattern, text, PATTERN_LAZY, err);
	m->validator = validator_find(text + 1);
	return m->validator ? 0 : err_set(err, -EINVAL, "no validator '%.40s'",
					  text + 1);
}

static int make_markers(struct markers *ms, const struct rule *r,
			struct err *err)
{
	int e = 0;

	if (!r->confirm.n)
		return 0;
	ms->at = calloc(r->confirm.n, sizeof(*ms->at));
	if (!ms->at)
		return err_set(err, -ENOMEM, "out of memory");
	while (!e && ms->n < r->confirm.n) {
		e = make_marker(&ms->at[ms->n], r->confirm.at[ms->n], err);
		ms->n += !e;
	}
	return e;
}

int confirm_new(struct confirm **out, const struct ruleset *rules,
		struct err *err)
{
	struct confirm *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c)
		return err_set(err, -ENOMEM, "out of memory");
	c->n = ruleset_count(rules);
	c->of = calloc(c->n + 1, sizeof(*c->of));
	if (!c->of)
		r = err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < c->n; i++)
		r = make_markers(&c->of[i], ruleset_get(rules, i), err);
	if (r)
		confirm_free(c);
	else
		*out = c;
	return r;
}

void confirm_free(struct confirm *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->of && i < c->n; i++) {
		for (size_t j = 0; j < c->of[i].n; j++)
			pattern_free(c->of[i].at[j].pattern);
		free(c->of[i].at);
	}
	free(c->of);
	free(c);
}

/* What is known so far; a veto beats a marker. */
struct word {
	int found, veto, unsure;
};

static void ask(struct word *w, const struct marker *m,
		struct pattern_scratch *scratch, const char *s, size_t len,
		int first)
{
	int r;

	if (m->validator)
		r = first && m->validator->ok(s, len);
	else
		r = pattern_find(m->pattern, scratch, s, len, 0, NULL, 0);
	if (r < 0)
		w->unsure = 1;
	else if (r && m->veto)
		w->veto = 1;
	else if (r)
		w->found = 1;
}

static size_t without_nuls(char *to, const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (s[i])
			to[n++] = s[i];
	return n;
}

/* tmp has room for len bytes. */
static void ask_all(struct word *w, const struct markers *ms,
		    struct pattern_scratch *scratch, const char *s,
		    size_t len, char *tmp, int first)
{
	size_t n;

	for (size_t i = 0; i < ms->n; i++)
		ask(w, &ms->at[i], scratch, s, len, first);
	if (w->found || !memchr(s, '\0', len))
		return;
	n = without_nuls(tmp, s, len);
	for (size_t i = 0; i < ms->n; i++)
		if (ms->at[i].pattern && !ms->at[i].veto)
			ask(w, &ms->at[i], scratch, tmp, n, first);
}

static int only_vetoes(const struct markers *ms)
{
	for (size_t i = 0; i < ms->n; i++)
		if (!ms->at[i].veto)
			return 0;
	return 1;
}

static int verdict(const struct word *w, const struct markers *ms)
{
	if (w->unsure)
		return 1;
	return !w->veto && (w->found || only_vetoes(ms));
}

/* Piece by piece, with an overlap; the rest of a large file is unknown. */
static void ask_file(struct word *w, const struct markers *ms,
		     struct pattern_scratch *scratch, int fd, char *buf,
		     char *tmp, size_t room)
{
	size_t kept = 0;
	off_t off = 0;

	while (!w->unsure && !w->veto) {
		ssize_t n = io_pread_full(fd, buf + kept, room, off);
		size_t have;

		if (n < 0) {
			w->unsure = 1;
			return;
		}
		if (!n)
			return;
		have = kept + (size_t)n;
		ask_all(w, ms, scratch, buf, have, tmp, off == 0);
		off += n;
		if (off >= (off_t)CONFIRM_MAX) {
			w->unsure = !w->found;
			return;
		}
		kept = have < OVERLAP ? have : OVERLAP;
		memmove(buf, buf + have - kept, kept);
	}
}

int confirm_file(const struct confirm *c, size_t number, int fd)
{
	const struct markers *ms = &c->of[number];
	struct pattern_scratch *scratch = NULL;
	struct word w = { 0, 0, 0 };
	struct stat st;
	size_t room;
	char *buf, *tmp;

	if (!ms->n || fstat(fd, &st))
		return 1;
	if (!S_ISREG(st.st_mode))
		return 0;
	/* One more than the file has, to see its end at once. */
	room = st.st_size < (off_t)PIECE ? (size_t)st.st_size + 1 : PIECE;
	buf = malloc(room + OVERLAP);
	tmp = malloc(room + OVERLAP);
	if (!buf || !tmp || pattern_scratch_new(&scratch))
		w.unsure = 1;
	else
		ask_file(&w, ms, scratch, fd, buf, tmp, room);
	if (buf)
		explicit_bzero(buf, room + OVERLAP);
	if (tmp)
		explicit_bzero(tmp, room + OVERLAP);
	free(buf);
	free(tmp);
	pattern_scratch_free(scratch);
	return verdict(&w, ms);
}

int confirm_text(const struct confirm *c, size_t number, const char *s,
		 size_t len)
{
	const struct markers *ms = &c->of[number];
	struct pattern_scratch *scratch = NULL;
	struct word w = { 0, 0, 0 };
	char *tmp;

	if (!ms->n)
		return 1;
	tmp = malloc(len + 1);
	if (!tmp || pattern_scratch_new(&scratch))
		w.unsure = 1;
	else
		ask_all(&w, ms, scratch, s, len, tmp, 1);
	free(tmp);
	pattern_scratch_free(scratch);
	return verdict(&w, ms);
}
