/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/path.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int drop_last(struct buf *out)
{
	char *slash;

	if (!out->len)
		return -EINVAL;
	slash = memrchr(out->ptr, '/', out->len);
	buf_cut(out, slash ? (size_t)(slash - out->ptr) : 0);
	return 0;
}

int path_clean(const char *path, struct buf *out)
{
	const char *p = path;

	buf_clear(out);
	if (*p == '/')
		return -EINVAL;
	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.') {
			if (drop_last(out))
				return -EINVAL;
		} else if (n && !(n == 1 && p[0] == '.')) {
			if (out->len)
				buf_addch(out, '/');
			buf_add(out, p, n);
		}
		p += n;
		p += strspn(p, "/");
	}
	return buf_oom(out) ? -ENOMEM : 0;
}

void path_join(struct buf *out, const char *dir, const char *name)
{
	buf_clear(out);
	if (*dir) {
		buf_addstr(out, dir);
		buf_addch(out, '/');
	}
	buf_addstr(out, name);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

size_t path_parent_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

int path_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (!n)
		return 1;
	return !strncmp(path, dir, n) && (path[n] == '/' || path[n] == '\0');
}

int path_real(const char *path, char **out)
{
	*out = realpath(path, NULL);
	return *out ? 0 : -errno;
}

static const char *home_dir(void)
{
	const char *home = getenv("HOME");
	struct passwd *pw;

	if (home && home[0] == '/')
		return home;
	pw = getpwuid(getuid());
	return pw && pw->pw_dir && pw->pw_dir[0] == '/' ? pw->pw_dir : NULL;
}

int path_user(enum path_xdg which, const char *tail, char **out)
{
	static const struct {
		const char *var;
		const char *below_home;
	} places[] = {
		[PATH_STATE] = { "XDG_STATE_HOME", ".local/state" },
		[PATH_CONFIG] = { "XDG_CONFIG_HOME", ".config" },
		[PATH_CACHE] = { "XDG_CACHE_HOME", ".cache" },
	};
	const char *base = getenv(places[which].var);
	struct buf b = BUF_INIT;

	if (base && base[0] == '/') {
		buf_addstr(&b, base);
	} else {
		base = home_dir();
		if (!base)
			return -ENOENT;
		buf_addf(&b, "%s/%s", base, places[which].below_home);
	}
	buf_addstr(&b, "/scrim");
	if (*tail)
		buf_addf(&b, "/%s", tail);
	*out = buf_take(&b);
	return *out ? 0 : -ENOMEM;
}
