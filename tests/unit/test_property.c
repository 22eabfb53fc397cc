/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "../fs/rng.h"
#include "session/tree.h"

/*
 * Whatever the tree, the rules, and what agent and user do: no byte of a canary
 * is read through the view. And a mask turned back is what it hid.
 *
 * SCRIM_SEED tells where the random numbers begin, SCRIM_ROUNDS how many trees
 * are tried.
 */
#define CANARY "CANARYofFAKE"
#define N_HELD 12
#define OPS 150

/* Names with a secret in them are those that a rule of each round protects. */
static const char *const plain_names[] = {
	"a", "b.txt", "dir", "sub", "lib", "Makefile", "x y", "\xff\xfe", "n\nl",
};
static const char *const secret_names[] = {
	".env", ".ENV", "id.key", "ID.Key", "secrets", "app.cfg", ".env.bak",
};
static const char *const rules =
	"[env]\nkind = path\npaths =\n  .env\n  .env.*\n"
	"[key]\nkind = path\npaths = *.key\naction = %s\n"
	"[dir]\nkind = path\npaths = secrets\naction = %s\n"
	"[cfg]\nkind = path\npaths = *.cfg\naction = mask\n";

#define PICK(r, table) (table)[rng_below(r, sizeof(table) / sizeof(*(table)))]

struct world {
	struct fixture *f;
	struct rng r;
	struct node *held[N_HELD];
	unsigned long reads;
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

/* CI tries a change, and not its luck. */
static uint64_t any_seed(void)
{
	return getenv("CI") ? 20261124 : (uint64_t)time(NULL);
}

/* ---- the workspace ---- */

/* The file itself, not where a symlink of that name leads. */
static FILE *create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

static void put_secret(const char *path)
{
	FILE *f = create(path);

	if (!f)
		return;
	fprintf(f, "password = %s\n", CANARY);
	fclose(f);
	setxattr(path, "user.s", CANARY, strlen(CANARY), 0);
}

static void put_plain(const char *path)
{
	FILE *f = create(path);

	if (!f)
		return;
	fputs("nothing to hide, in as many bytes\n", f);
	fclose(f);
}

static int is_secret(const char *path)
{
	for (size_t i = 0; i < sizeof(secret_names) / sizeof(*secret_names); i++)
		if (strstr(path, secret_names[i]))
			return 1;
	return 0;
}

/* A path of at most four names; secret for a protected one. */
static void random_path(struct world *w, int secret, char out[256])
{
	int depth = 1 + (int)rng_below(&w->r, 3), at;

	at = snprintf(out, 256, "%s", w->f->ws);
	for (int i = 0; i < depth; i++)
		at += snprintf(out + at, 256 - (size_t)at, "/%s",
			       secret && i == depth - 1 ?
			       PICK(&w->r, secret_names) :
			       PICK(&w->r, plain_names));
}

static void make_parents(char *path, size_t from)
{
	for (char *p = path + from; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
}

/* What a user may do; what was visible may get a secret name, not back. */
static void user_acts(struct world *w)
{
	char a[256], b[256];
	int secret = (int)rng_below(&w->r, 2);
	struct stat st;

	random_path(w, 0, a);
	random_path(w, secret, b);
	make_parents(b, strlen(w->f->ws) + 1);
	switch (rng_below(&w->r, 6)) {
	case 0:
	case 1:
		if (secret)
			put_secret(b);
		else if (!is_secret(b))
			put_plain(a);
		break;
	case 2:	/* by rename, and what was moved goes on to be written */
		/* but a secret with another name must not be left to that one */
		if ((!stat(b, &st) && st.st_nlink > 1 && S_ISREG(st.st_mode)) ||
		    rename(a, b) || !secret)
			break;
		put_secret(b);
		if (lstat(b, &st) || !S_ISDIR(st.st_mode))
			break;
		strncat(b, "/f", sizeof(b) - strlen(b) - 1);
		put_secret(b);
		break;
	case 3:
		if (secret)
			link(b, a);
		break;
	case 4:
		symlink(b, a);
		break;
	case 5:
		unlink(a);
		rmdir(a);
		break;
	}
}

/* ---- the agent ---- */

static void look(struct world *w, const char *what, struct node *n,
		 const void *p, ssize_t len)
{
	struct buf path = BUF_INIT, origin = BUF_INIT;

	w->reads++;
	if (len <= 0 || !memmem(p, (size_t)len, "ofFAKE", 6))
		return;
	node_path(n, &path);
	node_origin(n, &origin);
	fail_msg("a canary by %s of %s, from %s", what, path.ptr, origin.ptr);
}

static void read_node(struct world *w, struct node *n)
{
	struct buf text = BUF_INIT;
	char got[4096];

	look(w, "read", n, got, layer_read(w->f->l, &me, n, got, sizeof(got), 0));
	look(w, "an odd read", n, got, layer_read(w->f->l, &me, n, got, 9, 11));
	if (!layer_getxattr(w->f->l, n, "user.s", &text))
		look(w, "an attribute", n, text.ptr, (ssize_t)text.len);
	buf_release(&text);
}

/* A node of the view by a random path, with a ref; NULL where there is none. */
static struct node *find(struct world *w, struct node **parent,
			 const char **name)
{
	struct node *dir = layer_root(w->f->l);
	struct entry e;

	layer_ref(w->f->l, dir);
	for (unsigned left = rng_below(&w->r, 3); left; left--) {
		if (layer_lookup(w->f->l, &me, dir, PICK(&w->r, plain_names),
				 &e) || !e.node)
			break;
		if (!node_is_dir(e.node)) {
			layer_forget(w->f->l, e.node, 1);
			break;
		}
		layer_forget(w->f->l, dir, 1);
		dir = e.node;
	}
	*parent = dir;
	*name = rng_below(&w->r, 3) ? PICK(&w->r, plain_names) :
				      PICK(&w->r, secret_names);
	if (layer_lookup(w->f->l, &me, dir, *name, &e))
		return NULL;
	return e.node;
}

static void hold(struct world *w, struct node *n)
{
	struct node **slot = &w->held[rng_below(&w->r, N_HELD)];

	if (*slot)
		layer_forget(w->f->l, *slot, 1);
	layer_ref(w->f->l, n);
	*slot = n;
}

static void write_node(struct world *w, struct node *n)
{
	struct stat st = { .st_size = (off_t)rng_below(&w->r, 40),
			   .st_mode = 0600 };
	struct handle *h;
	struct entry e;
	int fd;

	if (rng_below(&w->r, 2)) {
		layer_setattr(w->f->l, &me, n, &st, rng_below(&w->r, 2) ?
			      SET_SIZE : SET_MODE, &e);
	} else if (!layer_open_write(w->f->l, &me, n, 0, &h, &fd)) {
		assert_int_equal(pwrite(fd, "#", 1, 0), 1);
		layer_done_write(w->f->l, h);
	}
}

static void agent_acts(struct world *w)
{
	static const struct make makes[] = {
		{ .mode = S_IFREG | 0644 }, { .mode = S_IFDIR | 0755 },
		{ .mode = S_IFLNK | 0777, .target = ".env" },
	};
	struct layer *l = w->f->l;
	struct node *dir, *dir2, *n, *other;
	const char *name, *name2;
	struct entry e = { 0 };

	n = find(w, &dir, &name);
	other = find(w, &dir2, &name2);
	if (n) {
		read_node(w, n);
		hold(w, n);
	}
	switch (rng_below(&w->r, 8)) {
	case 0:
	case 1:
		layer_rename(l, &me, dir, name, dir2, name2,
			     rng_below(&w->r, 3) ? 0 : RENAME_EXCHANGE);
		break;
	case 2:
		if (n && !node_is_dir(n) &&
		    !layer_link(l, &me, n, dir2, name2, &e))
			layer_forget(l, e.node, 1);
		break;
	case 3:
		layer_remove(l, &me, dir, name, n && node_is_dir(n));
		break;
	case 4:
		if (!layer_make(l, &me, dir, name, &PICK(&w->r, makes), &e))
			layer_forget(l, e.node, 1);
		break;
	case 5:
	case 6:
		if (n && !node_is_dir(n))
			write_node(w, n);
		break;
	}
	if (n)
		layer_forget(l, n, 1);
	if (other)
		layer_forget(l, other, 1);
	layer_forget(l, dir, 1);
	layer_forget(l, dir2, 1);
}

/* All that can be reached, by listings. */
static void walk(struct world *w, struct node *dir, int depth)
{
	struct listing *list;
	struct list_entry e;
	uint64_t at = 0;

	if (depth > 6 || list_get(w->f->l, &me, dir, 0, &list))
		return;
	while (list_next(list, &at, &e) > 0) {
		struct entry found;

		if (!strcmp(e.name, ".") || !strcmp(e.name, "..") ||
		    layer_lookup(w->f->l, &me, dir, e.name, &found) ||
		    !found.node)
			continue;
		read_node(w, found.node);
		if (node_is_dir(found.node))
			walk(w, found.node, depth + 1);
		layer_forget(w->f->l, found.node, 1);
	}
	list_put(w->f->l, list);
}

static void load(struct world *w)
{
	static const char *const actions[] = { "hide", "deny", "mask" };
	char file[256], text[512];
	struct policy_sources src = { .rules = file, .userdir = w->f->state,
				      .workspace_fd = -1 };
	struct err err = ERR_INIT;

	snprintf(text, sizeof(text), rules, PICK(&w->r, actions),
		 rng_below(&w->r, 2) ? "hide" : "deny");
	put_file(w->f->state, "rules.ini", text);
	snprintf(file, sizeof(file), "%s/rules.ini", w->f->state);
	layer_close(w->f->l);
	policy_free(w->f->p);
	w->f->p = NULL;
	w->f->l = NULL;
	if (policy_load(&w->f->p, &src, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(layer_open(&w->f->l, w->f->s, w->f->p, LAYER_WRITE,
				    &err), 0);
}

static void drop_held(struct world *w)
{
	for (int i = 0; i < N_HELD; i++) {
		if (w->held[i])
			layer_forget(w->f->l, w->held[i], 1);
		w->held[i] = NULL;
	}
}

static void one_tree(struct fixture *f, uint64_t seed)
{
	struct world w = { .f = f };

	w.r.s = seed;
	for (int i = 0; i < 40; i++)
		user_acts(&w);
	load(&w);
	for (int i = 0; i < OPS; i++) {
		if (!rng_below(&w.r, 4))
			user_acts(&w);
		agent_acts(&w);
		for (int k = 0; k < N_HELD; k++)
			if (w.held[k])
				read_node(&w, w.held[k]);
	}
	walk(&w, layer_root(f->l), 0);
	drop_held(&w);
	assert_true(w.reads > OPS);
}

static void test_property_no_canary_is_read(void **state)
{
	uint64_t seed = number("SCRIM_SEED", any_seed());
	uint64_t rounds = number("SCRIM_ROUNDS", 12);

	print_message("SCRIM_SEED=%llu\n", (unsigned long long)seed);
	for (uint64_t i = 0; i < rounds; i++) {
		if (i) {
			layer_teardown(state);
			layer_setup(state);
		}
		one_tree(*state, seed + i);
	}
}

/* ---- masks ---- */

static void add_line(struct rng *r, struct buf *text)
{
	static const char *const forms[] = {
		"%s=%s\n", "export %s='%s'\n", "%s = \"%s\" # why\n",
		"%s=%s\r\n", "  %s: %s\n", "# %s=%s\n",
	};
	static const char *const keys[] = { "PASSWORD", "api_key", "A", "URL" };
	char value[40];
	unsigned n = rng_below(r, 36);

	for (unsigned i = 0; i < n; i++)
		value[i] = "abcXYZ0189-_./"[rng_below(r, 14)];
	value[n] = '\0';
	switch (rng_below(r, 6)) {
	case 0:
		buf_addstr(text, "\n");
		break;
	case 1:
		buf_addf(text, "key=\"line one %s\nline two\"\n", value);
		break;
	default:
		buf_addf(text, PICK(r, forms), PICK(r, keys), value);
	}
}

static int memory_file(const struct buf *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(io_pwrite_full(fd, text->ptr, text->len, 0), 0);
	return fd;
}

static void one_mask(struct fixture *f, struct rng *r)
{
	static const uint8_t key[MASK_KEY_LEN] = { 1, 2, 3 };
	struct verdict v = { ACTION_MASK, NULL, 0 };
	struct mask_list masks = { NULL, 0 };
	struct buf text = BUF_INIT, seen = BUF_INIT;
	struct err err = ERR_INIT;
	struct mask_undo undo;
	int fd;

	for (unsigned n = 1 + rng_below(r, 20); n; n--)
		add_line(r, &text);
	fd = memory_file(&text);
	if (!mask_judge(f->p, &v, fd, ".env", key, &masks)) {
		buf_add(&seen, text.ptr, text.len);
		mask_patch(&masks, seen.ptr, seen.len, 0);
		undo = (struct mask_undo){ .list = &masks, .base = text.ptr,
					   .base_len = text.len,
					   .path = ".env", .key = key };
		if (mask_undo(&undo, &seen, &err))
			fail_msg("%s\n%s", err.msg, text.ptr);
		assert_int_equal(seen.len, text.len);
		assert_memory_equal(seen.ptr, text.ptr, text.len);
	}
	mask_list_release(&masks);
	buf_release(&text);
	buf_release(&seen);
	close(fd);
}

static void test_property_a_mask_turned_back(void **state)
{
	uint64_t seed = number("SCRIM_SEED", any_seed());
	struct rng r;

	print_message("SCRIM_SEED=%llu\n", (unsigned long long)seed);
	r.s = seed;
	for (int i = 0; i < 400; i++)
		one_mask(*state, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_property_no_canary_is_read,
						layer_setup, layer_teardown),
		cmocka_unit_test_setup_teardown(
			test_property_a_mask_turned_back, layer_setup,
			layer_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
