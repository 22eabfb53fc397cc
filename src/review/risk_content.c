/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/risk.h"

#include <errno.h>
#include <string.h>

#include "review/hunk.h"
#include "util/esc.h"
#include "util/path.h"

static const char *const lock_files[] = {
	"package-lock.json", "npm-shrinkwrap.json", "yarn.lock",
	"pnpm-lock.yaml", "bun.lock", "deno.lock", "Cargo.lock", "poetry.lock",
	"uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "Gemfile.lock",
	"composer.lock", "mix.lock", "flake.lock", "go.sum", "go.mod",
	"requirements.txt", "gradle.lockfile", "packages.lock.json",
	"Podfile.lock", "pubspec.lock", "conda-lock.yml",
};

static const char *const manifests[] = {
	"package.json", "composer.json", "deno.json",
};

static int is_one_of(const char *path, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(path_base(path), names[i]))
			return 1;
	return 0;
}

#define IS_ONE_OF(path, names) \
	is_one_of(path, names, sizeof(names) / sizeof((names)[0]))

/* 1 where a link at path with this target leaves the workspace, by the text. */
static int leaves(const char *path, const char *target)
{
	size_t depth = 0;

	if (*target == '/')
		return 1;
	for (const char *p = path; *p; p++)
		depth += *p == '/';
	while (*target) {
		size_t n = strcspn(target, "/");

		if (n == 2 && target[0] == '.' && target[1] == '.') {
			if (!depth--)
				return 1;
		} else if (n && !(n == 1 && *target == '.')) {
			depth++;
		}
		target += n;
		target += *target == '/';
	}
	return 0;
}

static int risk_of_mode(const struct delta *d, struct risk *out)
{
	mode_t new = d->st.st_mode, old = d->base.st_mode;
	int r = 0;

	if (S_ISREG(new) && new & 06000 & ~old)
		r = risk_add(out, RISK_SETID, "runs as its %s",
			     new & S_ISUID ? "owner" : "group");
	if (!r && S_ISREG(new) && new & 0111 && !(S_ISREG(old) && old & 0111))
		r = risk_add(out, RISK_EXEC, "became executable");
	if (!r && S_ISLNK(new) && d->symlink && leaves(d->path, d->symlink))
		r = risk_add(out, RISK_LINK, "points out of the workspace: %s",
			     d->symlink);
	if (!r && d->flags & DELTA_OWNER)
		r = risk_add(out, RISK_OWNER, "belongs to %u:%u",
			     (unsigned)d->st.st_uid, (unsigned)d->st.st_gid);
	return r;
}

/* A driver in .gitattributes names a program of the configuration. */
static int risk_of_attributes(const struct buf *new, struct risk *out)
{
	static const char *const drivers[] = { "filter=", "diff=", "merge=" };

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (memmem(new->ptr, new->len, drivers[i], strlen(drivers[i])))
			return risk_add(out, RISK_GITCONF,
					"makes git run a driver: %s",
					drivers[i]);
	return 0;
}

static int by_name(const struct delta *d, const struct buf *old,
		   const struct buf *new, struct risk *out)
{
	if (!strcasecmp(path_base(d->path), ".gitattributes"))
		return risk_of_attributes(new, out);
	if (IS_ONE_OF(d->path, lock_files))
		return risk_of_lock(old, new, out);
	if (IS_ONE_OF(d->path, manifests))
		return risk_of_manifest(old, new, out);
	return 0;
}

static int look(struct scanner *sc, const struct delta *d,
		const struct buf *old, const struct buf *new, struct risk *out)
{
	int r = by_name(d, old, new, out);

	if (!r && hunks_is_binary(new->ptr, new->len))
		r = risk_add(out, RISK_BINARY, "binary");
	else if (!r)
		r = risk_of_text(old, new, out);
	return r || !sc ? r : risk_of_secrets(sc, d->path, old, new, out);
}

/* Where it cannot be read all counts as new. */
static int read_old(const struct source *s, const struct delta *d,
		    struct buf *old)
{
	int r = 0;

	if (S_ISREG(d->base.st_mode) && d->kind != DELTA_ADD)
		r = source_read(s, d, SOURCE_BASE_VIEW, HUNK_MAX_BYTES, old);
	if (r)
		buf_clear(old);
	return r == -ENOMEM ? r : 0;
}

static int take_over(struct risk *from, struct risk *out)
{
	int r = 0;

	for (size_t i = 0; !r && i < from->n; i++)
		r = risk_add(out, from->at[i].class, "%s", from->at[i].why);
	return r;
}

/*
 * The base is a second file to read and to mask, and most changes do not need it:
 * what is not found in the new text is not new in it.
 */
static int compare(struct scanner *sc, const struct source *s,
		   const struct delta *d, const struct buf *new,
		   struct risk *out)
{
	int package = IS_ONE_OF(d->path, lock_files) ||
		      IS_ONE_OF(d->path, manifests);
	struct buf old = BUF_INIT;
	struct risk k = { 0 };
	int r = package ? 0 : look(sc, d, &old, new, &k);

	if (!r && (package ||
		   k.classes & (1u << RISK_TEXT | 1u << RISK_SECRET))) {
		risk_release(&k);
		r = read_old(s, d, &old);
		if (!r)
			r = look(sc, d, &old, new, &k);
	}
	if (!r)
		r = take_over(&k, out);
	risk_release(&k);
	buf_release(&old);
	return r;
}

int risk_of_content(struct scanner *sc, const struct source *s,
		    const struct delta *d, struct risk *out)
{
	struct buf new = BUF_INIT;
	int r = risk_of_mode(d, out);

	if (r || !S_ISREG(d->st.st_mode) || !(d->flags & DELTA_CONTENT))
		return r;
	r = source_read(s, d, SOURCE_NEW, HUNK_MAX_BYTES, &new);
	if (!r)
		r = compare(sc, s, d, &new, out);
	else if (r == -EFBIG)
		r = risk_add(out, RISK_BINARY, "too large to be looked into");
	else if (r != -ENOMEM)
		r = 0;
	buf_release(&new);
	return r;
}
