/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/profile.h"
#include "sandbox/seccomp.h"
#include "util/buf.h"
#include "util/conf.h"
#include "util/path.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define EXTENDS_MAX 8

struct reading {
	struct profile *to;
	const struct profile_dirs *dirs;
	int depth;
};

static int add_profile(struct profile *p, const struct profile_dirs *dirs,
		       const char *name, int depth, struct err *err);

/* "~/x" and "/x" become clean absolute paths; "~" alone is refused. */
static int add_path(struct strlist *l, const struct profile_dirs *dirs,
		    const char *value, struct err *err)
{
	struct buf clean = BUF_INIT, full = BUF_INIT;
	int in_home = !strncmp(value, "~/", 2), r;

	r = value[0] == '/' || in_home ?
		path_clean(value + (in_home ? 2 : 1), &clean) : -EINVAL;
	if (!r && !clean.len)
		r = -EINVAL;
	if (r) {
		err_set(err, r, "'%s' is no path below ~/ or /", value);
		goto out;
	}
	if (in_home && !dirs->home)
		goto out;
	buf_addf(&full, "%s/%s", in_home ? dirs->home : "", clean.ptr);
	r = buf_oom(&full) ? -ENOMEM : strlist_add(l, full.ptr);
	if (r)
		err_errno(err, r, "profile");
out:
	buf_release(&clean);
	buf_release(&full);
	return r;
}

static int add_paths(struct strlist *l, const struct reading *r,
		     const char *value, struct err *err)
{
	struct strlist parts = STRLIST_INIT;
	size_t i;
	int ret = strlist_split(&parts, value, "\n,");

	for (i = 0; i < parts.n && !ret; i++)
		ret = add_path(l, r->dirs, parts.at[i], err);
	strlist_release(&parts);
	return ret;
}

static int set_description(struct reading *r, const char *v, struct err *err)
{
	free(r->to->description);
	r->to->description = strdup(v);
	return r->to->description ? 0 : err_errno(err, -ENOMEM, "profile");
}

static int set_extends(struct reading *r, const char *v, struct err *err)
{
	struct strlist names = STRLIST_INIT;
	size_t i;
	int ret = strlist_split(&names, v, " \n,");

	for (i = 0; i < names.n && !ret; i++)
		ret = add_profile(r->to, r->dirs, names.at[i], r->depth + 1,
				  err);
	strlist_release(&names);
	return ret;
}

static int set_net(struct reading *r, const char *v, struct err *err)
{
	if (!strcmp(v, "host"))
		r->to->net = PROFILE_NET_HOST;
	else if (strcmp(v, "none"))
		return err_set(err, -EINVAL, "net is host or none, not '%s'",
			       v);
	return 0;
}

static int set_allow(struct reading *r, const char *v, struct err *err)
{
	struct strlist words = STRLIST_INIT;
	size_t i;
	int flag, ret = strlist_split(&words, v, " \n,");

	for (i = 0; i < words.n && !ret; i++) {
		ret = seccomp_allow_word(words.at[i], strlen(words.at[i]),
					 &flag, err);
		if (!ret)
			r->to->allow |= flag;
	}
	strlist_release(&words);
	return ret;
}

/* Read by profile_for_command alone. */
static int set_commands(struct reading *r, const char *v, struct err *err)
{
	return 0;
}

static int set_ro(struct reading *r, const char *v, struct err *err)
{
	return add_paths(&r->to->ro, r, v, err);
}

static int set_keep(struct reading *r, const char *v, struct err *err)
{
	return add_paths(&r->to->keep, r, v, err);
}

static int is_kept(const struct profile *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->keep.n; i++)
		if (path_is_below(path + 1, p->keep.at[i] + 1) &&
		    strcmp(path, p->keep.at[i]))
			return 1;
	return 0;
}

/* "FROM" or "FROM as TO". */
static int add_copy(struct reading *r, char *line, struct err *err)
{
	struct profile *p = r->to;
	char *as = strstr(line, " as ");
	int ret;

	if (as)
		*as = '\0';
	ret = add_path(&p->from, r->dirs, line, err);
	if (!ret)
		ret = add_path(&p->to, r->dirs, as ? as + 4 : line, err);
	if (!ret && p->to.n && !is_kept(p, p->to.at[p->to.n - 1]))
		ret = err_set(err, -EINVAL, "'%s' is in no directory that keep "
			      "names above", line);
	return ret;
}

static int set_copy(struct reading *r, const char *v, struct err *err)
{
	struct strlist lines = STRLIST_INIT;
	size_t i;
	int ret = strlist_split(&lines, v, "\n,");

	for (i = 0; i < lines.n && !ret; i++)
		ret = add_copy(r, lines.at[i], err);
	strlist_release(&lines);
	return ret;
}

static int set_pass(struct reading *r, const char *v, struct err *err)
{
	return strlist_split(&r->to->pass, v, " \n,");
}

static int set_secret(struct reading *r, const char *v, struct err *err)
{
	return strlist_split(&r->to->secret, v, " \n,");
}

static int add_variable(struct strlist *l, const char *line, const char *home,
			struct err *err)
{
	const char *eq = strchr(line, '='), *at;
	struct buf b = BUF_INIT;
	int r;

	if (!eq || eq == line)
		return err_set(err, -EINVAL, "'%s' is not NAME=VALUE", line);
	while (home && (at = strstr(line, "$HOME"))) {
		buf_add(&b, line, (size_t)(at - line));
		buf_addstr(&b, home);
		line = at + strlen("$HOME");
	}
	buf_addstr(&b, line);
	r = buf_oom(&b) ? -ENOMEM : strlist_add(l, b.ptr);
	buf_release(&b);
	return r ? err_errno(err, r, "profile") : 0;
}

/* One variable a line; "$HOME" in its value is the home. */
static int set_set(struct reading *r, const char *v, struct err *err)
{
	struct strlist lines = STRLIST_INIT;
	size_t i;
	int ret = strlist_split(&lines, v, "\n");

	for (i = 0; i < lines.n && !ret; i++)
		ret = add_variable(&r->to->set, lines.at[i], r->dirs->home,
				   err);
	strlist_release(&lines);
	return ret;
}

static const struct {
	const char *section, *key;
	int (*set)(struct reading *r, const char *value, struct err *err);
} keys[] = {
	{ "profile", "description", set_description },
	{ "profile", "extends", set_extends },
	{ "profile", "commands", set_commands },
	{ "profile", "net", set_net },
	{ "profile", "allow", set_allow },
	{ "files", "ro", set_ro },
	{ "files", "keep", set_keep },
	{ "files", "copy", set_copy },
	{ "env", "pass", set_pass },
	{ "env", "secret", set_secret },
	{ "env", "set", set_set },
};

static int read_key(void *payload, const char *section, const char *key,
		    const char *value, int line, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].section, section) &&
		    !strcmp(keys[i].key, key))
			return keys[i].set(payload, value, err);
	return err_set(err, -EINVAL, "a profile has no key '%s' in [%s]", key,
		       section);
}

/* The file of a profile: *path is a heap string; -ENOENT. */
static int find_file(const struct profile_dirs *dirs, const char *name,
		     char **path)
{
	const char *const at[] = { dirs->user, dirs->shipped };
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		if (!at[i])
			continue;
		buf_clear(&b);
		buf_addf(&b, "%s/%s.ini", at[i], name);
		if (buf_oom(&b) || access(b.ptr, R_OK))
			continue;
		*path = buf_take(&b);
		return *path ? 0 : -ENOMEM;
	}
	buf_release(&b);
	return -ENOENT;
}

static int unknown_profile(const struct profile_dirs *dirs, const char *name,
			   struct err *err)
{
	struct strlist all = STRLIST_INIT;
	struct buf b = BUF_INIT;
	size_t i;

	profile_list(dirs, &all);
	for (i = 0; i < all.n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", all.at[i]);
	err_set(err, -ENOENT, "no profile '%s'; there are: %s", name, b.ptr);
	buf_release(&b);
	strlist_release(&all);
	return -ENOENT;
}

static int is_name(const char *s)
{
	return *s && *s != '.' && strlen(s) < 64 &&
		!s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "0123456789._-")];
}

static int add_profile(struct profile *p, const struct profile_dirs *dirs,
		       const char *name, int depth, struct err *err)
{
	struct reading reading = { p, dirs, depth };
	char *path = NULL;
	int r;

	if (strlist_has(&p->names, name))
		return 0;
	if (depth > EXTENDS_MAX)
		return err_set(err, -ELOOP, "profiles extend each other too "
			       "deeply");
	if (!is_name(name) || find_file(dirs, name, &path))
		return unknown_profile(dirs, name, err);
	r = strlist_add(&p->names, name);
	if (r)
		err_errno(err, r, "profile");
	else
		r = conf_read(path, read_key, &reading, err);
	free(path);
	return r;
}

int profile_add(struct profile *p, const struct profile_dirs *dirs,
		const char *name, struct err *err)
{
	return add_profile(p, dirs, name, 0, err);
}

void profile_release(struct profile *p)
{
	free(p->description);
	p->description = NULL;
	strlist_release(&p->names);
	strlist_release(&p->ro);
	strlist_release(&p->keep);
	strlist_release(&p->from);
	strlist_release(&p->to);
	strlist_release(&p->pass);
	strlist_release(&p->secret);
	strlist_release(&p->set);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_dir(const char *dir, struct strlist *out)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int r = 0;

	while (d && !r && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len <= 4 || e->d_name[0] == '.' ||
		    strcmp(e->d_name + len - 4, ".ini"))
			continue;
		e->d_name[len - 4] = '\0';
		if (!strlist_has(out, e->d_name))
			r = strlist_add(out, e->d_name);
	}
	if (d)
		closedir(d);
	return r;
}

int profile_list(const struct profile_dirs *dirs, struct strlist *out)
{
	int r = dirs->user ? list_dir(dirs->user, out) : 0;

	if (!r)
		r = list_dir(dirs->shipped, out);
	if (!r && out->n)
		qsort(out->at, out->n, sizeof(*out->at), by_name);
	return r;
}

struct search {
	const char *command;
	int found;
};

static int search_key(void *payload, const char *section, const char *key,
		      const char *value, int line, struct err *err)
{
	struct search *s = payload;
	struct strlist words = STRLIST_INIT;

	if (strcmp(section, "profile") || strcmp(key, "commands"))
		return 0;
	if (!strlist_split(&words, value, " \n,") &&
	    strlist_has(&words, s->command))
		s->found = 1;
	strlist_release(&words);
	return 0;
}

int profile_for_command(const struct profile_dirs *dirs, const char *command,
			char **name, struct err *err)
{
	struct strlist all = STRLIST_INIT;
	struct search s = { command, 0 };
	const char *found = "generic";
	char *path;
	size_t i;
	int r = profile_list(dirs, &all);

	for (i = 0; i < all.n && !r && !s.found; i++) {
		path = NULL;
		r = find_file(dirs, all.at[i], &path);
		if (!r)
			r = conf_read(path, search_key, &s, err);
		if (!r && s.found)
			found = all.at[i];
		free(path);
	}
	if (!r) {
		*name = strdup(found);
		if (!*name)
			r = err_errno(err, -ENOMEM, "profile");
	}
	strlist_release(&all);
	return r;
}
