/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitobjects.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <git2/sys/odb_backend.h>

#include "review/gitdir.h"
#include "util/walk.h"

#define CACHE_BYTES (64u << 20)
#define WINDOW_BYTES (512u << 20)

static int has_end(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && !strcmp(name + len - n, end);
}

/* pack/pack-X.pack must have pack/pack-X.idx, or nobody lists its objects. */
static int is_whole_pack(const struct walk_entry *e)
{
	static const char *const others[] = {
		".idx", ".rev", ".bitmap", ".keep", ".mtimes", ".promisor"
	};
	char idx[NAME_MAX + 8];

	if (!strcmp(e->name, "multi-pack-index"))
		return 1;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (has_end(e->name, others[i]))
			return 1;
	if (!has_end(e->name, ".pack"))
		return 0;
	snprintf(idx, sizeof(idx), "%.*s.idx", (int)strlen(e->name) - 5,
		 e->name);
	return gitdir_has(e->dirfd, idx);
}

/* What is in objects/ but in no list of objects could hold anything. */
static int is_listed(const struct walk_entry *e)
{
	static const char hex[] = "0123456789abcdef";

	if (!strncmp(e->path, "pack/", 5))
		return is_whole_pack(e);
	if (!strncmp(e->path, "info/", 5))
		return !strcmp(e->path, "info/packs") ||
		       !strncmp(e->path, "info/commit-graph", 17);
	return strspn(e->path, hex) == 2 && e->path[2] == '/' &&
	       strspn(e->name, hex) == 38 && strlen(e->path) == 41;
}

static int check_file(void *payload, const struct walk_entry *e)
{
	struct sha1 *state = payload;

	if (e->error)
		return e->error;
	if (S_ISDIR(e->st.st_mode))
		return WALK_GO;
	if (!S_ISREG(e->st.st_mode))
		return -EPERM;
	if (state && !is_listed(e))
		return -EBADMSG;
	if (state) {
		sha1_add(state, e->path, strlen(e->path) + 1);
		sha1_add(state, &e->st.st_ino, sizeof(e->st.st_ino));
		sha1_add(state, &e->st.st_size, sizeof(e->st.st_size));
		sha1_add(state, &e->st.st_mtim, sizeof(e->st.st_mtim));
		sha1_add(state, &e->st.st_ctim, sizeof(e->st.st_ctim));
	}
	return WALK_GO;
}

int gitodb_check(int objects_fd, struct sha1 *state)
{
	if (gitdir_has(objects_fd, "info/alternates") ||
	    gitdir_has(objects_fd, "info/http-alternates"))
		return -EPERM;
	return walk_tree(objects_fd, check_file, state);
}

/* Nothing of the user's or the system's own configuration is looked for. */
static int start_library(void)
{
	static const int levels[] = {
		GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
		GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
	};

	if (git_libgit2_init() < 0)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT,
			 (size_t)WINDOW_BYTES);
	return 0;
}

static int add_packs(git_odb *odb, const char *path)
{
	git_odb_backend *packs = NULL;

	if (git_odb_backend_pack(&packs, path))
		return -EIO;
	if (!git_odb_add_backend(odb, packs, 2))
		return 0;
	packs->free(packs);
	return -EIO;
}

static int add_loose(git_odb *odb, const char *path)
{
	git_odb_backend *loose = NULL;

	if (git_odb_backend_loose(&loose, path, -1, 0, 0, 0))
		return -EIO;
	if (!git_odb_add_backend(odb, loose, 1))
		return 0;
	loose->free(loose);
	return -EIO;
}

static int open_backends(git_odb **out, int objects_fd, int with_loose)
{
	git_odb *odb = NULL;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", objects_fd);
	if (git_odb_new(&odb))
		return -ENOMEM;
	r = add_packs(odb, path);
	if (!r && with_loose)
		r = add_loose(odb, path);
	if (r)
		git_odb_free(odb);
	else
		*out = odb;
	return r;
}

int gitodb_open_packs(git_odb **out, int objects_fd)
{
	return open_backends(out, objects_fd, 0);
}

int gitodb_open(git_odb **out, int objects_fd, struct sha1 *state)
{
	int r;

	r = gitodb_check(objects_fd, state);
	if (!r)
		r = start_library();
	return r ? r : open_backends(out, objects_fd, 1);
}

int gitodb_index(git_index **out, int fd)
{
	char path[64];
	int r;

	r = start_library();
	if (r)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return git_index_open(out, path) ? -EIO : 0;
}

static int is_bad_name(const char *name, size_t len)
{
	return !len || memchr(name, '/', len) || !strcmp(name, ".") ||
	       !strcmp(name, "..") || !strcasecmp(name, ".git");
}

int gittree_next(const uint8_t **p, const uint8_t *end,
		 struct gittree_entry *e)
{
	const uint8_t *q = *p, *nul;

	if (q == end)
		return 0;
	for (e->mode = 0; q < end && *q >= '0' && *q <= '7'; q++) {
		if (e->mode > 0177777)
			return -EINVAL;
		e->mode = e->mode << 3 | (unsigned)(*q - '0');
	}
	if (q == *p || q == end || *q++ != ' ')
		return -EINVAL;
	nul = memchr(q, '\0', (size_t)(end - q));
	if (!nul || end - nul <= GITSET_ID)
		return -EINVAL;
	e->name = (const char *)q;
	e->len = (size_t)(nul - q);
	e->id = nul + 1;
	*p = nul + 1 + GITSET_ID;
	return is_bad_name(e->name, e->len) ? -EINVAL : 1;
}

int gitcommit_tree(const char *data, size_t len, uint8_t id[GITSET_ID])
{
	if (len < 46 || memcmp(data, "tree ", 5) || data[45] != '\n')
		return -EINVAL;
	return gitdir_id_parse(data + 5, 40, id);
}

int gitodb_read(git_odb *odb, const uint8_t id[GITSET_ID], size_t max,
		git_odb_object **out)
{
	git_object_t type;
	git_oid oid;
	size_t len;
	int r;

	memcpy(oid.id, id, GITSET_ID);
	r = git_odb_read_header(&len, &type, odb, &oid);
	if (!r && len > max)
		return -EFBIG;
	if (!r)
		r = git_odb_read(out, odb, &oid);
	return !r ? 0 : r == GIT_ENOTFOUND ? -ENOENT : -EIO;
}
