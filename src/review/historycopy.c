/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/history.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/content.h"
#include "session/list.h"
#include "util/io.h"

#define MAX_DEPTH 16
#define PIECE 65536

struct copy {
	struct layer *l;
	unsigned long long left;
};

/* What is taken of a directory of git's: names, and which kind is below. */
enum place { TOP, OBJECTS, FAN, PACK, REFS };

static const char hex[] = "0123456789abcdef";

static int is_pack(const char *name)
{
	size_t n = strlen(name);

	return !strncmp(name, "pack-", 5) && n > 9 &&
	       (!strcmp(name + n - 5, ".pack") || !strcmp(name + n - 4, ".idx"));
}

static int takes_file(enum place place, const char *name)
{
	switch (place) {
	case TOP:
		return !strcmp(name, "HEAD") || !strcmp(name, "packed-refs");
	case FAN:
		return strspn(name, hex) == 38 && !name[38];
	case PACK:
		return is_pack(name);
	case REFS:
		return name[0] != '.';
	default:
		return 0;
	}
}

/* -1 where the directory is not taken. */
static int takes_dir(enum place place, const char *name)
{
	if (place == TOP && !strcmp(name, "objects"))
		return OBJECTS;
	if (place == TOP && !strcmp(name, "refs"))
		return REFS;
	if (place == OBJECTS && !strcmp(name, "pack"))
		return PACK;
	if (place == OBJECTS && strspn(name, hex) == 2 && !name[2])
		return FAN;
	return place == REFS && name[0] != '.' ? REFS : -1;
}

static int copy_file(struct copy *c, struct node *n, int dirfd,
		     const char *name)
{
	char piece[PIECE];
	off_t off = 0;
	ssize_t got;
	int fd, r = 0;

	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		    O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	while (!r && (got = layer_read(c->l, NULL, n, piece, sizeof(piece),
				       off)) != 0) {
		if (got < 0)
			r = (int)got;
		else if ((unsigned long long)got > c->left)
			r = -EFBIG;
		else
			r = io_write_full(fd, piece, (size_t)got);
		if (!r) {
			c->left -= (unsigned long long)got;
			off += got;
		}
	}
	close(fd);
	return r;
}

static int copy_dir(struct copy *c, struct node *dir, int to,
		    enum place place, int depth);

static int copy_entry(struct copy *c, struct node *dir, const char *name,
		      int to, enum place place, int depth)
{
	struct entry e;
	int below, fd, r;

	r = layer_lookup(c->l, NULL, dir, name, &e);
	if (r || !e.node)
		return r;
	below = takes_dir(place, name);
	if (S_ISREG(e.st.st_mode) && takes_file(place, name)) {
		r = copy_file(c, e.node, to, name);
	} else if (S_ISDIR(e.st.st_mode) && below >= 0) {
		r = mkdirat(to, name, 0700) ? -errno :
		    io_open_beneath(to, name, O_RDONLY | O_DIRECTORY, 0, &fd);
		if (!r) {
			r = copy_dir(c, e.node, fd, (enum place)below,
				     depth + 1);
			close(fd);
		}
	}
	layer_forget(c->l, e.node, 1);
	return r;
}

static int copy_dir(struct copy *c, struct node *dir, int to,
		    enum place place, int depth)
{
	struct listing *list;
	struct list_entry e;
	uint64_t at = 0;
	int r;

	if (depth > MAX_DEPTH)
		return -ELOOP;
	r = list_get(c->l, NULL, dir, 0, &list);
	if (r)
		return r;
	while ((r = list_next(list, &at, &e)) > 0) {
		if (!strcmp(e.name, ".") || !strcmp(e.name, ".."))
			continue;
		r = copy_entry(c, dir, e.name, to, place, depth);
		if (r)
			break;
	}
	list_put(c->l, list);
	return r;
}

int history_copy(struct layer *l, const char *git, int to)
{
	struct copy c = { l, HISTORY_BYTES };
	struct entry e;
	int r;

	r = layer_walk_path(l, git, &e);
	if (r)
		return r;
	if (!e.node)
		return -ENOENT;
	r = node_is_dir(e.node) ? copy_dir(&c, e.node, to, TOP, 0) : -ENOTDIR;
	layer_forget(l, e.node, 1);
	return r;
}

/* ========== A look before copying ========== */

#define LOOK_MAX (1u << 20)

static int read_text(struct layer *l, const char *git, const char *name,
		     struct buf *out)
{
	struct buf path = BUF_INIT;
	struct entry e = { .node = NULL };
	ssize_t got = 0;
	int r;

	buf_addf(&path, "%s/%s", git, name);
	buf_clear(out);
	r = buf_oom(&path) || buf_grow(out, LOOK_MAX) ? -ENOMEM :
	    layer_walk_path(l, path.ptr, &e);
	if (!r && e.node && S_ISREG(e.st.st_mode))
		got = layer_read(l, NULL, e.node, out->ptr, LOOK_MAX - 1, 0);
	if (e.node)
		layer_forget(l, e.node, 1);
	buf_release(&path);
	if (r || got <= 0)
		return -ENOENT;
	out->len = (size_t)got;
	out->ptr[got] = '\0';
	return memchr(out->ptr, '\0', out->len) ? -EBADMSG : 0;
}

/* The commit of a branch in packed-refs, as "HEX refs/heads/NAME" in a line. */
static int is_packed_at(const char *packed, const char *ref, const char *base)
{
	struct buf line = BUF_INIT;
	int same;

	buf_addf(&line, "\n%s %s\n", base, ref);
	same = !buf_oom(&line) && strstr(packed, line.ptr);
	buf_release(&line);
	return same;
}

int history_is_at(struct layer *l, const char *git, const char *base)
{
	struct buf head = BUF_INIT, ref = BUF_INIT;
	int same = 0;

	if (read_text(l, git, "HEAD", &head))
		goto out;
	buf_cut(&head, strcspn(head.ptr, "\n"));
	if (strncmp(head.ptr, "ref: refs/heads/", 16)) {
		same = !strcmp(head.ptr, base);
		goto out;
	}
	if (strstr(head.ptr, ".."))
		goto out;
	if (!read_text(l, git, head.ptr + 5, &ref))
		same = !strncmp(ref.ptr, base, 40);
	else if (!read_text(l, git, "packed-refs", &ref))
		same = is_packed_at(ref.ptr, head.ptr + 5, base);
out:
	buf_release(&head);
	buf_release(&ref);
	return same;
}
