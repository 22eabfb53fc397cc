/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/scan_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/opt.h"
#include "config.h"

#define WHY_MAX 2000

static int open_cache(struct scan_run *r)
{
	struct buf key = BUF_INIT;
	int ret;

	buf_addf(&key, "%s scan %d %d %d %s %d", policy_digest(r->policy),
		 (int)r->confidence, (int)r->severity, r->trust_comments,
		 PACKAGE_VERSION, SCAN_REVISION);
	ret = buf_oom(&key) ? -ENOMEM :
	      cache_open(&r->cache, NULL, key.ptr, NULL);
	buf_release(&key);
	return ret;
}

int scan_run_open(struct scan_run *r, int workspace_fd, int use_cache,
		  struct err *err)
{
	struct policy_sources src = { .rules = opt_common.rules,
				      .workspace_fd = workspace_fd,
				      .taint = r->taint };
	int ret;

	buf_init(&r->why);
	buf_init(&r->one_by_name);
	clock_gettime(CLOCK_MONOTONIC, &r->started);
	r->to_terminal = isatty(STDERR_FILENO);
	ret = policy_load(&r->policy, &src, err);
	/* Without a cache all is read: slower, not wrong. */
	if (!ret && use_cache && open_cache(r))
		r->cache = NULL;
	if (!ret && !r->print_masks)
		r->format->begin(stdout);
	return ret;
}

void scan_run_close(struct scan_run *r)
{
	cache_close(r->cache);
	policy_free(r->policy);
	baseline_free(r->known);
	baseline_free(r->made);
	buf_release(&r->why);
	buf_release(&r->one_by_name);
}

static void full_path(const struct scan_run *r, const char *path,
		      struct buf *out)
{
	if (r->shown_as) {
		buf_addstr(out, r->shown_as);
		return;
	}
	if (r->prefix && *r->prefix) {
		buf_addstr(out, r->prefix);
		if (*path && out->ptr[out->len - 1] != '/')
			buf_addch(out, '/');
	}
	buf_addstr(out, path);
}

static void hide_bar(struct scan_run *r)
{
	if (r->bar)
		fputs("\r\033[K", stderr);
	r->bar = 0;
}

/* 1 where the baseline knows the secret; else it is noted for a new one. */
static int is_known(struct scan_run *r, const void *secret, size_t len,
		    char hash[DIGEST_HEX])
{
	hash[0] = '\0';
	if (r->made) {
		baseline_hash(r->made, secret, len, hash);
		baseline_add(r->made, hash);
	}
	if (!r->known)
		return 0;
	baseline_hash(r->known, secret, len, hash);
	return baseline_has(r->known, hash);
}

static void print_item(struct scan_run *r, struct scan_item *i,
		       const struct finding *f, const char *path)
{
	struct buf shown = BUF_INIT;

	full_path(r, path, &shown);
	i->path = shown.ptr;
	hide_bar(r);
	if (r->print_masks && f)
		printf("%s\t%lld\t%zu\t%s\n", i->path, (long long)f->off,
		       f->len, rule_id(i->rule));
	else if (!r->print_masks)
		r->format->item(stdout, i, !r->findings);
	r->findings++;
	buf_release(&shown);
}

void scan_run_item(struct scan_run *r, const char *path,
		   const struct finding *f, const struct scan_origin *from)
{
	size_t len = f->len / (size_t)f->width;
	char hash[DIGEST_HEX];
	struct scan_item i = {
		.rule = f->rule, .line = f->line, .column = f->column,
		.end_line = f->end_line, .severity = f->severity,
		.confidence = f->confidence, .copy_of = f->copy_of,
	};

	if (is_known(r, f->secret, len, hash))
		return;
	if (*hash)
		i.fingerprint = hash;
	if (r->show_secrets) {
		i.secret = f->secret;
		i.secret_len = len;
	}
	if (from) {
		i.commit = from->commit;
		i.author = from->author;
		i.date = from->date;
	}
	print_item(r, &i, f, path);
}

/* The item's rule is one of paths. */
static void item_by_path(struct scan_run *r, struct scan_item *i,
			 const char *path)
{
	struct buf key = BUF_INIT;
	char hash[DIGEST_HEX];

	buf_addf(&key, "path:%s", path);
	if (!is_known(r, key.ptr, key.len, hash)) {
		if (*hash)
			i->fingerprint = hash;
		print_item(r, i, NULL, path);
	}
	buf_release(&key);
}

void scan_run_by_path(struct scan_run *r, const char *path,
		      const struct rule *rule, const struct scan_origin *from)
{
	struct scan_item i = { .rule = rule, .severity = rule->severity,
			       .confidence = rule->confidence };

	if (rule->severity < r->severity || rule->confidence < r->confidence)
		return;
	if (from) {
		i.commit = from->commit;
		i.author = from->author;
		i.date = from->date;
	}
	item_by_path(r, &i, path);
}

void scan_run_only_by_name(struct scan_run *r, const char *path,
			   const struct rule *rule)
{
	struct scan_item i = { .rule = rule, .severity = rule->severity,
			       .confidence = CONFIDENCE_LOW };

	if (r->print_masks || rule->severity < r->severity)
		return;
	if (r->confidence == CONFIDENCE_LOW)
		item_by_path(r, &i, path);
	else if (!r->only_by_name++)
		full_path(r, path, &r->one_by_name);
}

void scan_run_incomplete(struct scan_run *r, const char *path,
			 const char *what)
{
	struct buf shown = BUF_INIT;

	full_path(r, path, &shown);
	hide_bar(r);
	out_warn("%s: %s", shown.ptr, what);
	if (r->why.len < WHY_MAX)
		buf_addf(&r->why, "%s%s: %s", r->why.len ? "; " : "",
			 shown.ptr, what);
	r->incomplete++;
	buf_release(&shown);
}

static int on_file(void *payload, const struct tree_file *f)
{
	struct scan_run *r = payload;

	if (f->only_by_name)
		scan_run_only_by_name(r, f->path, f->by_path);
	else if (f->by_path)
		scan_run_by_path(r, f->path, f->by_path, NULL);
	for (size_t i = 0; i < f->n; i++)
		scan_run_item(r, f->path, &f->at[i], NULL);
	if (f->error)
		scan_run_incomplete(r, f->path, strerror(-f->error));
	else if (f->res.state == SCAN_UNREADABLE)
		scan_run_incomplete(r, f->path, strerror(-f->res.error));
	else if (f->res.state != SCAN_COMPLETE)
		scan_run_incomplete(r, f->path, scan_state_text(f->res.state));
	return 0;
}

static void on_progress(void *payload, const struct tree_progress *p)
{
	scan_run_progress(payload, p->files, 0, p->bytes, "files");
}

void scan_run_tree(struct scan_run *r, struct tree_scan *t)
{
	memset(t, 0, sizeof(*t));
	t->scanner = policy_scanner(r->policy);
	t->policy = r->policy;
	t->cache = r->cache;
	t->threads = r->threads;
	t->what.least = r->print_masks ? CONFIDENCE_HIGH : r->confidence;
	t->what.least_severity = r->severity;
	t->what.trust_comments = r->trust_comments;
	t->file = on_file;
	t->progress = on_progress;
	t->payload = r;
}

static long since(const struct timespec *a, const struct timespec *b)
{
	return (a->tv_sec - b->tv_sec) * 1000 +
	       (a->tv_nsec - b->tv_nsec) / 1000000;
}

void scan_run_progress(struct scan_run *r, unsigned long long done,
		       unsigned long long total, unsigned long long bytes,
		       const char *unit)
{
	struct timespec now;
	long ms;

	if (!r->to_terminal)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = since(&now, &r->started);
	if (ms < 1000 || since(&now, &r->shown) < 100)
		return;
	r->shown = now;
	r->bar = 1;
	fprintf(stderr, "\r\033[K%llu %s, %llu MB, %llu MB/s", done, unit,
		bytes / 1000000, bytes / 1000 / (unsigned long long)ms);
	if (total)
		fprintf(stderr, ", %llu%%, %llu s left", done * 100 / total,
			done ? (unsigned long long)ms * (total - done) / done /
			1000 : 0);
	fflush(stderr);
}

/* What a view hides, though nothing of it is among the findings. */
static void tell_by_name(const struct scan_run *r)
{
	char more[48] = "";

	if (r->only_by_name > 1)
		snprintf(more, sizeof(more), " and %zu more",
			 r->only_by_name - 1);
	if (r->only_by_name)
		out_note("hidden for the name alone (scrim scan "
			 "--confidence=low lists them): %s%s",
			 r->one_by_name.ptr, more);
}

int scan_run_end(struct scan_run *r)
{
	hide_bar(r);
	tell_by_name(r);
	if (!r->print_masks)
		r->format->end(stdout, policy_rules(r->policy), r->why.ptr,
			       r->findings);
	if (r->incomplete)
		return STATUS_INCOMPLETE;
	return r->findings ? STATUS_FAILED : STATUS_DONE;
}
