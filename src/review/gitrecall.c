/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "review/gitrecall.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/gitdir.h"
#include "review/gitbound.h"
#include "review/gitview.h"
#include "scan/scan.h"
#include "util/io.h"

#define FORMAT "scrim-git-state 1"
#define LIMIT (16u << 20)
/* So many files the cache directory has at most. */
#define KEEP 512

static void end_hex(struct sha1 *s, char hex[41])
{
	uint8_t sum[SHA1_LEN];

	sha1_end(s, sum);
	gitdir_id_text(sum, hex);
}

/* One for each workspace and set of rules. */
static void file_name(const struct gitview *v, const struct gitview_rules *rules,
		      char name[48])
{
	struct sha1 s;
	char hex[41];

	sha1_begin(&s);
	sha1_add(&s, v->root, strlen(v->root) + 1);
	sha1_add(&s, rules->digest, strlen(rules->digest));
	end_hex(&s, hex);
	snprintf(name, 48, "%s.state", hex);
}

static void put_head(struct buf *out)
{
	buf_addf(out, "%s %s %d", FORMAT, PACKAGE_VERSION, SCAN_REVISION);
	buf_add(out, "", 1);
}

static void put_text(struct buf *out, const char *text)
{
	if (text)
		buf_addf(out, "=%s", text);
	buf_add(out, "", 1);
}

static void put_number(struct buf *out, size_t n)
{
	buf_addf(out, "%zu", n);
	buf_add(out, "", 1);
}

static void put_state(struct buf *out, const struct gitstate *s)
{
	char hex[41];

	gitstate_hex(s, hex);
	put_text(out, hex);
	put_number(out, s->n);
	buf_add(out, s->paths.ptr, s->paths.len);
}

static void put_repo(struct buf *out, const struct gitview_repo *r,
		     int decided)
{
	put_number(out, r->kind);
	put_number(out, decided ? r->choice : GITVIEW_AUTO);
	put_number(out, (size_t)r->relative);
	put_number(out, decided ? r->n_hide : 0);
	put_text(out, r->path);
	put_text(out, decided ? r->why : NULL);
	put_text(out, decided ? r->hide : NULL);
	put_text(out, r->gitdir);
	put_text(out, r->outside);
}

/* What is left of the file; each field ends with a NUL. */
struct fields {
	const char *at, *end;
	int bad;
};

static const char *get_field(struct fields *f)
{
	const char *field = f->at;
	const char *nul = memchr(f->at, '\0', (size_t)(f->end - f->at));

	if (!nul) {
		f->bad = 1;
		return "";
	}
	f->at = nul + 1;
	return field;
}

static char *get_text(struct fields *f)
{
	const char *field = get_field(f);
	char *copy = *field ? strdup(field + 1) : NULL;

	f->bad |= *field && !copy;
	return copy;
}

static size_t get_number(struct fields *f)
{
	return (size_t)strtoul(get_field(f), NULL, 10);
}

/* 1 where all that is listed is as it was; out is then what it is. */
static int get_state(struct fields *f, int dirfd, struct gitstate *out)
{
	const char *want = get_field(f);
	size_t n = get_number(f);
	char hex[41];
	int same = *want == '=';

	gitstate_begin(out);
	for (size_t i = 0; i < n && !f->bad; i++) {
		const char *path = get_field(f);
		struct stat st;

		if (!same || f->bad)
			continue;
		same = !fstatat(dirfd, *path ? path : ".", &st,
				AT_SYMLINK_NOFOLLOW);
		if (same)
			gitstate_add(out, path, &st);
	}
	gitstate_hex(out, hex);
	same = same && !f->bad && !buf_oom(&out->paths) &&
	       !strcmp(hex, want + 1);
	if (!same)
		gitstate_release(out);
	return same;
}

static void get_repo(struct fields *f, struct gitview_repo *r)
{
	size_t kind = get_number(f), choice = get_number(f);

	*r = (struct gitview_repo){ 0 };
	r->relative = !!get_number(f);
	r->n_hide = get_number(f);
	r->path = get_text(f);
	r->why = get_text(f);
	r->hide = get_text(f);
	r->gitdir = get_text(f);
	r->outside = get_text(f);
	f->bad |= kind > GITVIEW_BARE || choice > GITVIEW_NONE || !r->path ||
		  (choice != GITVIEW_AUTO && !r->why);
	r->kind = (enum gitview_kind)kind;
	r->choice = (enum gitview_mode)choice;
}

static int get_repos(struct fields *f, struct gitview *v)
{
	size_t n = get_number(f);
	int decided = 1;

	if (f->bad || n > (size_t)(f->end - f->at))
		return GITRECALL_NOTHING;
	v->at = calloc(n ? n : 1, sizeof(*v->at));
	for (size_t i = 0; v->at && i < n && !f->bad; i++) {
		get_repo(f, &v->at[i]);
		v->n = i + 1;
		decided &= v->at[i].choice != GITVIEW_AUTO;
	}
	if (!v->at || f->bad)
		return GITRECALL_NOTHING;
	return decided ? GITRECALL_DECIDED : GITRECALL_FOUND;
}

/* Also where it says nothing of the choices: they are made again. */
static void forget_choices(struct gitview *v)
{
	for (size_t i = 0; i < v->n; i++) {
		struct gitview_repo *r = &v->at[i];

		free(r->why);
		free(r->hide);
		r->why = r->hide = NULL;
		r->n_hide = 0;
		r->choice = GITVIEW_AUTO;
	}
}

static void put_sum(struct buf *out, const char *data, size_t len)
{
	struct sha1 s;
	char hex[41];

	sha1_begin(&s);
	sha1_add(&s, data, len);
	end_hex(&s, hex);
	put_text(out, hex);
}

/* What a crash left torn does not give its own sum. */
static int is_whole(struct fields *f)
{
	const char *want = get_field(f);
	struct buf sum = BUF_INIT;
	int whole;

	put_sum(&sum, f->at, (size_t)(f->end - f->at));
	whole = !f->bad && !buf_oom(&sum) && !strcmp(sum.ptr, want);
	buf_release(&sum);
	return whole;
}

static int parse(struct gitview *v, struct fields *f)
{
	struct buf head = BUF_INIT;
	int known, got;

	put_head(&head);
	known = !buf_oom(&head) && !strcmp(get_field(f), head.ptr) &&
		is_whole(f);
	buf_release(&head);
	if (!known)
		return GITRECALL_NOTHING;
	v->large = !!get_number(f);
	if (!get_state(f, v->workspace_fd, &v->dirs))
		return GITRECALL_NOTHING;
	got = get_repos(f, v);
	if (got == GITRECALL_DECIDED &&
	    !get_state(f, v->workspace_fd, &v->files))
		got = GITRECALL_FOUND;
	if (got == GITRECALL_FOUND)
		forget_choices(v);
	return got;
}

int gitrecall_get(struct gitview *v, const struct gitview_rules *rules,
		  int dirfd)
{
	struct buf text = BUF_INIT;
	struct fields f = { 0 };
	char name[48];
	int got = GITRECALL_NOTHING;

	file_name(v, rules, name);
	if (!gitdir_read(dirfd, name, LIMIT, &text)) {
		f.at = text.ptr;
		f.end = text.ptr + text.len;
		got = parse(v, &f);
	}
	buf_release(&text);
	return got;
}

/* Not synced: what a crash leaves of it is no whole file. */
static void write_file(int dirfd, const char *name, const struct buf *text)
{
	char temp[64];
	int fd, r;

	snprintf(temp, sizeof(temp), "%s.%ld", name, (long)getpid());
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		    O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	r = io_write_full(fd, text->ptr, text->len);
	close(fd);
	if (r || renameat(dirfd, temp, dirfd, name))
		unlinkat(dirfd, temp, 0);
}

static void put_view(struct buf *out, const struct gitview *v, int decided)
{
	struct gitstate none;

	gitstate_begin(&none);
	put_number(out, (size_t)v->large);
	put_state(out, v->large ? &none : &v->dirs);
	put_number(out, v->n);
	for (size_t i = 0; i < v->n; i++)
		put_repo(out, &v->at[i], decided);
	put_state(out, decided ? &v->files : &none);
}

void gitrecall_put(const struct gitview *v, const struct gitview_rules *rules,
		   int dirfd, int decided)
{
	struct buf body = BUF_INIT, out = BUF_INIT;
	char name[48];

	if (dirfd < 0 || (v->dirs.young && !v->large))
		return;
	decided = decided && !v->files.young && !v->unsure;
	put_view(&body, v, decided);
	put_head(&out);
	put_sum(&out, body.ptr, body.len);
	buf_add(&out, body.ptr, body.len);
	file_name(v, rules, name);
	if (!buf_oom(&body) && !buf_oom(&out) && !buf_oom(&v->dirs.paths) &&
	    !buf_oom(&v->files.paths) && out.len < LIMIT) {
		write_file(dirfd, name, &out);
		gitbound_prune(dirfd, KEEP, KEEP * (uint64_t)LIMIT);
	}
	buf_release(&body);
	buf_release(&out);
}

void gitrecall_forget(const struct gitview *v,
		      const struct gitview_rules *rules, int dirfd)
{
	char name[48];

	file_name(v, rules, name);
	unlinkat(dirfd, name, 0);
}
