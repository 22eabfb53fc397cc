/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/mountopt.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/conf.h"
#include "util/when.h"

enum kind {
	TEXT,		/* char * of struct mountopt */
	FILE_NAME,	/* as TEXT, made absolute; "none" stays */
	SIZE,		/* as TEXT, a number with k, M or G; 0 for none */
	DURATION,	/* as TEXT, of minutes */
	CHOICE,		/* as TEXT, one of a few words */
	GLOBS,		/* struct strlist */
	FUSE_FLAG,	/* goes on as it is */
	FUSE_SWITCH,	/* the same; "no" before it turns it round */
	FUSE_VALUE,	/* goes on with its value */
	FUSE_NUMBER,	/* the same, a number */
	IGNORED,	/* a pattern of fnmatch(3): for mount(8) alone */
};

struct known {
	const char *key;
	enum kind kind;
	int kept;		/* in the session, for the next mount */
	size_t offset;
	const char *choices;	/* between spaces */
};

#define AT(field) offsetof(struct mountopt, field)

static const struct known known[] = {
	{ "name", TEXT, 0, AT(name), NULL },
	{ "session", TEXT, 0, AT(session), NULL },
	{ "state_dir", FILE_NAME, 0, AT(state_dir), NULL },
	{ "rules", FILE_NAME, 1, AT(rules), NULL },
	{ "git", CHOICE, 1, AT(git), " auto full sanitized none " },
	{ "max_size", SIZE, 1, AT(max_size), NULL },
	{ "max_files", SIZE, 1, AT(max_files), NULL },
	{ "taint", CHOICE, 1, AT(taint), " yes no " },
	{ "checkpoint", DURATION, 1, AT(checkpoint), NULL },
	{ "keep", SIZE, 1, AT(keep), NULL },
	{ "show", GLOBS, 1, AT(show), NULL },
	{ "mask", GLOBS, 1, AT(mask), NULL },
	{ "hide", GLOBS, 1, AT(hide), NULL },
	{ "allow_other", FUSE_FLAG, 0, 0, NULL },
	{ "allow_root", FUSE_FLAG, 0, 0, NULL },
	{ "default_permissions", FUSE_FLAG, 0, 0, NULL },
	{ "auto_unmount", FUSE_FLAG, 0, 0, NULL },
	{ "ro", FUSE_FLAG, 0, 0, NULL },
	{ "rw", FUSE_FLAG, 0, 0, NULL },
	{ "suid", FUSE_SWITCH, 0, 0, NULL },
	{ "dev", FUSE_SWITCH, 0, 0, NULL },
	{ "exec", FUSE_SWITCH, 0, 0, NULL },
	{ "atime", FUSE_SWITCH, 0, 0, NULL },
	{ "diratime", FUSE_SWITCH, 0, 0, NULL },
	{ "relatime", FUSE_SWITCH, 0, 0, NULL },
	{ "strictatime", FUSE_SWITCH, 0, 0, NULL },
	{ "sync", FUSE_FLAG, 0, 0, NULL },
	{ "async", FUSE_FLAG, 0, 0, NULL },
	{ "dirsync", FUSE_FLAG, 0, 0, NULL },
	{ "fsname", FUSE_VALUE, 0, 0, NULL },
	{ "max_read", FUSE_NUMBER, 0, 0, NULL },
	{ "max_threads", SIZE, 0, AT(max_threads), NULL },
	{ "context", FUSE_VALUE, 0, 0, NULL },
	{ "defaults", IGNORED, 0, 0, NULL },
	{ "auto", IGNORED, 0, 0, NULL },
	{ "noauto", IGNORED, 0, 0, NULL },
	{ "user", IGNORED, 0, 0, NULL },
	{ "nouser", IGNORED, 0, 0, NULL },
	{ "users", IGNORED, 0, 0, NULL },
	{ "nousers", IGNORED, 0, 0, NULL },
	{ "owner", IGNORED, 0, 0, NULL },
	{ "group", IGNORED, 0, 0, NULL },
	{ "nofail", IGNORED, 0, 0, NULL },
	{ "_netdev", IGNORED, 0, 0, NULL },
	{ "comment", IGNORED, 0, 0, NULL },
	{ "x-*", IGNORED, 0, 0, NULL },
	{ "X-*", IGNORED, 0, 0, NULL },
};
#define N_KNOWN (sizeof(known) / sizeof(known[0]))

static const struct known *find(const char *key)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		const struct known *k = &known[i];

		if (!strcmp(key, k->key) ||
		    (k->kind == FUSE_SWITCH && !strncmp(key, "no", 2) &&
		     !strcmp(key + 2, k->key)) ||
		    (k->kind == IGNORED && !fnmatch(k->key, key, 0)))
			return k;
	}
	return NULL;
}

static void add_escaped(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == ',' || *s == '\\')
			buf_addch(out, '\\');
		buf_addch(out, *s);
	}
}

static void add_pair(struct buf *out, const char *key, const char *value)
{
	if (out->len)
		buf_addch(out, ',');
	buf_addstr(out, key);
	if (!value)
		return;
	buf_addch(out, '=');
	add_escaped(out, value);
}

static char *absolute(const char *path)
{
	char *cwd, *out = NULL;

	if (*path == '/' || !strcmp(path, "none"))
		return strdup(path);
	cwd = getcwd(NULL, 0);
	if (cwd && asprintf(&out, "%s/%s", cwd, path) < 0)
		out = NULL;
	free(cwd);
	return out;
}

static int set_text(char **to, char *copy)
{
	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int is_choice(const char *choices, const char *value)
{
	const char *at = *value && !strchr(value, ' ') ?
			 strstr(choices, value) : NULL;

	return at && at[-1] == ' ' && at[strlen(value)] == ' ';
}

static int set_known(struct mountopt *m, const struct known *k,
		     const char *key, const char *value, struct err *err)
{
	char **text = (char **)((char *)m + k->offset);
	unsigned long long number = 0;
	char digits[24];
	long seconds;

	if ((k->kind == SIZE || k->kind == FUSE_NUMBER) &&
	    conf_size(value, &number, err))
		return err_wrap(err, "option '%s'", key);
	switch (k->kind) {
	case SIZE:
		return set_text(text, strdup(value));
	case DURATION:
		if (when_duration(value, 60, &seconds, err))
			return err_wrap(err, "option '%s'", key);
		return set_text(text, strdup(value));
	case CHOICE:
		if (!is_choice(k->choices, value))
			return err_set(err, -EINVAL, "option '%s': '%s' is none "
				       "of%.*s", key, value,
				       (int)strlen(k->choices) - 1, k->choices);
		/* fallthrough */
	case TEXT:
		return set_text(text, strdup(value));
	case FILE_NAME:
		return set_text(text, absolute(value));
	case GLOBS:
		return strlist_add((struct strlist *)text, value);
	case FUSE_FLAG:
	case FUSE_SWITCH:
		add_pair(&m->fuse, key, NULL);
		return buf_oom(&m->fuse) ? -ENOMEM : 0;
	case FUSE_NUMBER:	/* of libfuse: without a unit */
		snprintf(digits, sizeof(digits), "%llu", number);
		value = digits;
		/* fallthrough */
	case FUSE_VALUE:
		add_pair(&m->fuse, key, value);
		return buf_oom(&m->fuse) ? -ENOMEM : 0;
	default:
		return 0;
	}
}

static int is_flag(const struct known *k)
{
	return k->kind == FUSE_FLAG || k->kind == FUSE_SWITCH;
}

static int is_fuse(const struct known *k)
{
	return is_flag(k) || k->kind == FUSE_VALUE || k->kind == FUSE_NUMBER;
}

int mountopt_set(struct mountopt *m, const char *key, const char *value,
		 int flags, struct err *err)
{
	const struct known *k = find(key);
	int ret;

	if (!k && flags & MOUNTOPT_SLOPPY)
		return 0;
	/* a session of before, which kept those too */
	if (k && flags & MOUNTOPT_KEPT && is_fuse(k))
		return 0;
	if (!k || (flags & MOUNTOPT_KEPT && !k->kept))
		return err_set(err, -EINVAL, "unknown mount option '%s'", key);
	if (is_flag(k) && value)
		return err_set(err, -EINVAL, "mount option '%s' takes no value",
			       key);
	if (!is_flag(k) && k->kind != IGNORED && (!value || !*value))
		return err_set(err, -EINVAL, "mount option '%s' needs a value",
			       key);
	ret = set_known(m, k, key, value, err);
	if (ret == -ENOMEM)
		err_errno(err, ret, "mount options");
	return ret;
}

/* The next word of text, without its backslashes; past its comma. */
static const char *next_word(const char *text, struct buf *word)
{
	buf_clear(word);
	for (; *text && *text != ','; text++) {
		if (*text == '\\' && text[1])
			text++;
		buf_addch(word, *text);
	}
	return *text ? text + 1 : text;
}

int mountopt_parse(struct mountopt *m, const char *text, int flags,
		   struct err *err)
{
	struct buf word = BUF_INIT;
	int ret = 0;

	while (*text && !ret) {
		char *value;

		text = next_word(text, &word);
		if (buf_oom(&word)) {
			ret = err_errno(err, -ENOMEM, "mount options");
			break;
		}
		if (!word.len)
			continue;
		value = strchr(word.ptr, '=');
		if (value)
			*value++ = '\0';
		ret = mountopt_set(m, word.ptr, value, flags, err);
	}
	buf_release(&word);
	return ret;
}

static void read_number(const char *text, unsigned long long *out)
{
	*out = 0;
	if (text && conf_size(text, out, NULL))
		*out = 0;
}

void mountopt_limits(const struct mountopt *m, unsigned long long *bytes,
		     unsigned long long *files)
{
	read_number(m->max_size, bytes);
	read_number(m->max_files, files);
}

void mountopt_checkpoints(const struct mountopt *m, unsigned *seconds,
			  unsigned *keep)
{
	unsigned long long n;
	long every = 0;

	if (m->checkpoint && when_duration(m->checkpoint, 60, &every, NULL))
		every = 0;
	read_number(m->keep, &n);
	*seconds = every > INT_MAX ? INT_MAX : (unsigned)every;
	*keep = n > INT_MAX ? INT_MAX : (unsigned)n;
}

unsigned mountopt_threads(const struct mountopt *m)
{
	unsigned long long n;

	read_number(m->max_threads, &n);
	return n > INT_MAX ? INT_MAX : (unsigned)n;
}

void mountopt_print(const struct mountopt *m, struct buf *out)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		const struct known *k = &known[i];
		const char *field = (const char *)m + k->offset;
		const struct strlist *l = (const struct strlist *)field;

		if (!k->kept)
			continue;
		if (k->kind != GLOBS && *(char *const *)field)
			add_pair(out, k->key, *(char *const *)field);
		for (size_t j = 0; k->kind == GLOBS && j < l->n; j++)
			add_pair(out, k->key, l->at[j]);
	}
}

void mountopt_release(struct mountopt *m)
{
	free(m->name);
	free(m->session);
	free(m->state_dir);
	free(m->rules);
	free(m->git);
	free(m->max_size);
	free(m->max_files);
	free(m->taint);
	free(m->checkpoint);
	free(m->keep);
	free(m->max_threads);
	strlist_release(&m->show);
	strlist_release(&m->mask);
	strlist_release(&m->hide);
	buf_release(&m->fuse);
}
