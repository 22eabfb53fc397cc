/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitbuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/gitconf.h"
#include "util/io.h"

/*
 * What is kept of the configuration. Nothing here names a program, a file or a
 * place; sub is whether the variable has a subsection.
 */
static const struct kept {
	const char *section;
	int sub;
	const char *keys;	/* between blanks */
	int url;
} kept[] = {
	{ "user", 0, " name email ", 0 },
	{ "core", 0, " filemode autocrlf eol safecrlf ignorecase symlinks "
	  "precomposeunicode sparsecheckout sparsecheckoutcone quotepath "
	  "longpaths checkstat trustctime ", 0 },
	{ "pull", 0, " rebase ff ", 0 },
	{ "push", 0, " default ", 0 },
	{ "merge", 0, " conflictstyle ff ", 0 },
	{ "diff", 0, " algorithm renames ", 0 },
	{ "status", 0, " showuntrackedfiles relativepaths ", 0 },
	{ "remote", 1, " fetch tagopt ", 0 },
	{ "remote", 1, " url pushurl ", 1 },
	{ "submodule", 1, " active ", 0 },
	{ "submodule", 1, " url ", 1 },
	{ "branch", 1, " remote merge rebase ", 0 },
};

struct filter {
	struct gitbuild *b;
	struct buf out;
	struct buf last;	/* header that the last variable was under */
	const char *branch;	/* its tracking is kept; NULL for none */
};

static const struct kept *find_kept(const char *section, const char *sub,
				    const char *key)
{
	char word[40];

	snprintf(word, sizeof(word), " %.30s ", key);
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (!strcmp(kept[i].section, section) &&
		    kept[i].sub == !!sub && strstr(kept[i].keys, word))
			return &kept[i];
	return NULL;
}

static int is_secret(struct gitbuild *b, const char *text)
{
	static const struct verdict show = { .action = ACTION_SHOW };
	struct gitrules_answer a;

	if (gitconf_text_has_login(text, strlen(text)))
		return 1;
	return gitrules_judge(b->rules, b->memfd, &show, ".git/config", text,
			      strlen(text), NULL, &a) || a.show;
}

static int filter_variable(void *payload, const char *section,
			   const char *sub, const char *key, const char *value)
{
	struct filter *f = payload;
	const struct kept *k = find_kept(section, sub, key);
	struct buf head = BUF_INIT, clean = BUF_INIT;

	if (!k || (!strcmp(section, "branch") &&
		   (!f->branch || strcmp(sub, f->branch))))
		return 0;
	if (k->url)
		gitconf_add_url(&clean, value ? value : "");
	else
		buf_addstr(&clean, value ? value : "true");
	if (is_secret(f->b, clean.ptr) || (sub && is_secret(f->b, sub)))
		goto out;
	gitconf_add_section(&head, section, sub);
	if (strcmp(head.ptr, f->last.ptr)) {
		buf_add(&f->out, head.ptr, head.len);
		buf_clear(&f->last);
		buf_add(&f->last, head.ptr, head.len);
	}
	gitconf_add(&f->out, key, clean.ptr);
out:
	buf_release(&head);
	buf_wipe(&clean);
	return buf_oom(&f->out) || buf_oom(&f->last) ? -ENOMEM : 0;
}

struct upstream {
	const char *branch;
	struct buf remote, merge;
};

static int take_upstream(void *payload, const char *section, const char *sub,
			 const char *key, const char *value)
{
	struct upstream *u = payload;
	struct buf *to = !strcmp(key, "remote") ? &u->remote :
			 !strcmp(key, "merge") ? &u->merge : NULL;

	if (strcmp(section, "branch") || !sub || strcmp(sub, u->branch) ||
	    !to || !value)
		return 0;
	buf_clear(to);
	buf_addstr(to, value);
	return 0;
}

/*
 * The remote-tracking branch that the current branch follows, where it is at
 * the same commit: any other commit is not in the view.
 */
static char *tracking_ref(struct gitbuild *b, const char *branch)
{
	struct upstream u = { branch, BUF_INIT, BUF_INIT };
	struct buf ref = BUF_INIT;
	uint8_t id[GITSET_ID];
	char *out = NULL;

	if (gitconf_parse(b->dir.config.ptr, b->dir.config.len, take_upstream,
			  &u) || strncmp(u.merge.ptr, "refs/heads/", 11))
		goto out;
	buf_addf(&ref, "refs/remotes/%s/%s", u.remote.ptr, u.merge.ptr + 11);
	if (gitdir_ref_is_clean(ref.ptr) && b->head.born &&
	    !gitdir_ref(&b->dir, ref.ptr, id) &&
	    !memcmp(id, b->head.id, GITSET_ID))
		out = buf_take(&ref);
out:
	buf_release(&u.remote);
	buf_release(&u.merge);
	buf_release(&ref);
	return out;
}

static int put_file(struct gitbuild *b, const char *path, const char *data,
		    size_t len)
{
	int fd, r;

	fd = openat(b->out, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		    O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	r = io_write_full(fd, data, len);
	if (!r && fchmod(fd, 0644))
		r = -errno;
	close(fd);
	return r;
}

static int put_config(struct gitbuild *b, const char *branch)
{
	struct filter f = { b, BUF_INIT, BUF_INIT, branch };
	int r;

	buf_addstr(&f.last, "[core]\n");
	buf_addstr(&f.out, "[core]\n\trepositoryformatversion = 0\n"
		   "\tbare = false\n\tlogallrefupdates = true\n");
	r = gitconf_parse(b->dir.config.ptr, b->dir.config.len,
			  filter_variable, &f);
	if (!r)
		r = put_file(b, "config", f.out.ptr, f.out.len);
	buf_release(&f.out);
	buf_release(&f.last);
	return r;
}

static int put_refs(struct gitbuild *b, const char *tracking)
{
	struct buf text = BUF_INIT, refs = BUF_INIT;
	char hex[41];
	int r;

	gitdir_id_text(b->new_head, hex);
	if (b->head.ref)
		buf_addf(&text, "ref: %s\n", b->head.ref);
	else
		buf_addf(&text, "%s\n", hex);
	r = buf_oom(&text) ? -ENOMEM : put_file(b, "HEAD", text.ptr, text.len);
	if (r || !b->head.born || !b->head.ref)
		goto out;
	buf_addstr(&refs, "# pack-refs with: peeled fully-peeled sorted \n");
	buf_addf(&refs, "%s %s\n", hex, b->head.ref);
	if (tracking)
		buf_addf(&refs, "%s %s\n", hex, tracking);
	r = buf_oom(&refs) ? -ENOMEM :
	    put_file(b, "packed-refs", refs.ptr, refs.len);
out:
	buf_release(&text);
	buf_release(&refs);
	return r;
}

/* info/NAME of the real repository, unless it holds a secret. */
static int put_info(struct gitbuild *b, const char *name, int own,
		    const struct buf *more)
{
	struct buf text = BUF_INIT;
	int r;

	r = gitdir_read(own ? b->dir.fd : b->dir.common, name, GITDIR_SMALL,
			&text);
	if (r || strlen(text.ptr) != text.len || is_secret(b, text.ptr))
		buf_clear(&text);
	if (text.len && text.ptr[text.len - 1] != '\n')
		buf_addch(&text, '\n');
	if (more)
		buf_add(&text, more->ptr, more->len);
	if (buf_oom(&text))
		r = -ENOMEM;
	else
		r = text.len ? put_file(b, name, text.ptr, text.len) : 0;
	buf_release(&text);
	return r;
}

int gitbuild_files(struct gitbuild *b)
{
	static const char *const dirs[] = { "refs", "refs/heads", "refs/tags",
					    "info", "hooks", NULL };
	const char *branch = NULL;
	char *tracking = NULL;
	int r = 0;

	for (int i = 0; dirs[i]; i++)
		if (mkdirat(b->out, dirs[i], 0755))
			return -errno;
	if (b->head.ref && !strncmp(b->head.ref, "refs/heads/", 11))
		branch = b->head.ref + 11;
	if (branch)
		tracking = tracking_ref(b, branch);
	r = put_config(b, tracking ? branch : NULL);
	if (!r)
		r = put_refs(b, tracking);
	if (!r)
		r = put_info(b, "info/exclude", 0, &b->exclude);
	if (!r)
		r = put_info(b, "info/attributes", 0, NULL);
	if (!r)
		r = put_info(b, "info/sparse-checkout", 1, NULL);
	free(tracking);
	return r;
}
