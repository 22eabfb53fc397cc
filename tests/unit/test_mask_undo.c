/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shipped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scan/mask.h"
#include "util/io.h"

static const uint8_t key[MASK_KEY_LEN] = "a key for tests";

/* A file, what the agent sees of it, and what it makes of that. */
static const char *base;
static struct mask_list list;
static char *seen;

static void see(const char *text, const char *path)
{
	struct verdict v = { ACTION_MASK, NULL, 0 };
	int fd = memfd_create("t", MFD_CLOEXEC);

	mask_list_release(&list);
	free(seen);
	base = text;
	assert_int_equal(io_write_full(fd, text, strlen(text)), 0);
	assert_int_equal(mask_judge(policy, &v, fd, path, key, &list), 0);
	close(fd);
	seen = strdup(text);
	mask_patch(&list, seen, strlen(seen), 0);
}

static int undo(const char *text, struct buf *out, struct err *err)
{
	struct mask_undo u = { .list = &list, .base = base,
			       .base_len = strlen(base) };

	buf_clear(out);
	buf_addstr(out, text);
	return mask_undo(&u, out, err);
}

static void becomes(const char *text, const char *want)
{
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	if (undo(text, &out, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(out.ptr, want);
	buf_release(&out);
}

static void is_refused(const char *text, const char *want)
{
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(undo(text, &out, &err), -EBADMSG);
	if (!strstr(err.msg, want))
		fail_msg("'%s' lacks '%s'", err.msg, want);
	assert_string_equal(out.ptr, text);
	buf_release(&out);
}

/* The line of seen that begins with name, with its newline; heap. */
static char *line_of(const char *name)
{
	const char *at = strstr(seen, name);
	size_t n;

	assert_non_null(at);
	n = strcspn(at, "\n");
	return strndup(at, n + (at[n] == '\n'));
}

static char *text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *text_of(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&s, fmt, ap) >= 0);
	va_end(ap);
	return s;
}

static const char settings[] =
	"# settings\nPORT=3000\nTOKEN=fakefakefakefake01\nPIN=1234\n"
	"OTHER=\"fakefakefakefake02\"\nLAST=yes\n";

static void test_undo_of_nothing_is_the_file(void **state)
{
	see(settings, ".env");
	assert_string_not_equal(seen, settings);
	becomes(seen, settings);
	see("", ".env");
	becomes("", "");
	becomes("new\n", "new\n");
}

static void test_undo_masks_move_within_the_file(void **state)
{
	char *token, *other, *text;

	see(settings, ".env");
	token = line_of("TOKEN=");
	other = line_of("OTHER=");
	text = text_of("%sX=1\n  %sPIN=9999\n%s", other, token, token);
	becomes(text, "OTHER=\"fakefakefakefake02\"\nX=1\n"
		"  TOKEN=fakefakefakefake01\nPIN=1234\n"
		"TOKEN=fakefakefakefake01\n");
	free(text);
	free(token);
	free(other);
}

static void test_undo_refuses_what_is_not_ours(void **state)
{
	char *token, *text;

	see("T=fakefakefakefake03\n", "other/.env");
	token = line_of("T=");
	see(settings, ".env");
	text = text_of("A=1\n%s", token);
	is_refused(text, "line 2, column 3: a mask");
	free(text);
	free(token);

	/* Changed, cut, made longer, in another case. */
	token = line_of("TOKEN=");
	token[strlen(token) - 3] ^= 1;
	is_refused(token, "line 1, column 7");
	token[strlen(token) - 3] ^= 1;
	text = text_of("%.*sA\n", (int)strlen(token) - 1, token);
	is_refused(text, "column 7");
	free(text);
	text = text_of("%.*s\n", (int)strlen(token) - 3, token);
	is_refused(text, "column 7");
	free(text);
	for (char *c = token; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	is_refused(token, "column 7");
	free(token);
	/* Words that only begin like one. */
	becomes("SCRIM_RULES=x\nSCRIM_\n", "SCRIM_RULES=x\nSCRIM_\n");
}

static void wide_undo(const struct mask_list *l, const char *real,
		      const char *text, size_t len, int want)
{
	struct mask_undo u = { .list = l, .base = real, .base_len = len,
			       .policy = policy, .path = "a.txt", .key = key };
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	buf_add(&out, text, len);
	assert_int_equal(mask_undo(&u, &out, &err), want);
	assert_int_equal(out.len, len);
	if (!want)
		assert_memory_equal(out.ptr, real, len);
	buf_release(&out);
}

/* The same secret twice; a mask that was changed; one of another file. */
static void test_undo_utf16(void **state)
{
	struct verdict v = { ACTION_SHOW, NULL, 0 };
	char real[400] = "\xff\xfe", text[400], thin[200];
	int fd = memfd_create("t", MFD_CLOEXEC);
	struct mask_list l;
	size_t len = 2;

	snprintf(thin, sizeof(thin), "x = sk_%s_%s\ny = sk_%s_%s\n", "live",
		 "51FAKEfakeFAKEfakeQwErTyUiOpAsDf", "live",
		 "51FAKEfakeFAKEfakeQwErTyUiOpAsDf");
	for (const char *s = thin; *s; s++, len += 2)
		real[len] = *s;
	assert_int_equal(io_write_full(fd, real, len), 0);
	assert_int_equal(mask_judge(policy, &v, fd, "a.txt", key, &l), 0);
	close(fd);
	assert_int_equal(l.n, 2);
	memcpy(text, real, len);
	mask_patch(&l, text, len, 0);
	assert_memory_not_equal(text, real, len);
	wide_undo(&l, real, text, len, 0);
	wide_undo(NULL, real, text, len, -EBADMSG);
	text[l.at[1].off + 40] ^= 1;
	wide_undo(&l, real, text, len, -EBADMSG);
	text[l.at[1].off + 40] ^= 1;
	for (size_t i = 0; i < 10; i += 2)
		text[(size_t)l.at[1].off + i] |= 0x20;
	wide_undo(&l, real, text, len, -EBADMSG);
	mask_list_release(&l);
}

static void test_undo_without_masks(void **state)
{
	struct mask_undo u = { .base = "", .base_len = 0 };
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	buf_addstr(&text, "plain\n");
	assert_int_equal(mask_undo(&u, &text, &err), 0);
	buf_addstr(&text, "a " MASK_MARK "k7Qabcdef b\n");
	assert_int_equal(mask_undo(&u, &text, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "line 2, column 3"));
	buf_release(&text);
}

static void test_undo_short_masks_by_their_line(void **state)
{
	see("A=abc\nB=def\nN=1\n", ".env");
	assert_string_equal(seen, "A=xxx\nB=xxx\nN=9\n");
	becomes("# new\nB=xxx\nA=xxx\n", "# new\nB=def\nA=abc\n");
	becomes("A=xxx\nB=mine\nN=9\n", "A=abc\nB=mine\nN=1\n");
	becomes("B=xxx\nN=9\n", "B=def\nN=1\n");
	is_refused("A=xxx # note\nB=xxx\nN=9\n", "line 1, column 1: a short");
	becomes("A=xxx\nB=xxx\nN=9\nA=xxx", "A=abc\nB=def\nN=1\nA=abc");
}

static void test_undo_short_masks_that_look_alike(void **state)
{
	see("[dev]\npassword=abcd\n[prod]\npassword=efgh\n", "c.ini");
	assert_string_equal(seen, "[dev]\npassword=xxxx\n[prod]\npassword=xxxx\n");
	becomes(seen, base);
	/* Which is whose cannot be told any more. */
	is_refused("[prod]\npassword=xxxx\n[dev]\npassword=xxxx\n", "short mask");
	is_refused("[prod]\npassword=xxxx\n", "short mask");
	see("[dev]\npassword=abcd\n[prod]\npassword=abcd\n", "c.ini");
	becomes("[prod]\npassword=xxxx\n", "[prod]\npassword=abcd\n");
}

static void test_undo_is_judged_again(void **state)
{
	struct mask_undo u = { .policy = policy, .key = key, .path = ".env" };
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	char *token;

	see(settings, ".env");
	u.list = &list;
	u.base = base;
	u.base_len = strlen(base);
	/* At its own place, which a rule hides, all is well. */
	buf_addstr(&text, seen);
	assert_int_equal(mask_undo(&u, &text, &err), 0);
	assert_string_equal(text.ptr, settings);
	/* Renamed and relabelled: nothing would hide it there. */
	u.path = "notes.txt";
	token = line_of("TOKEN=");
	buf_clear(&text);
	buf_addf(&text, "colour %s", token + strlen("TOKEN="));
	assert_int_equal(mask_undo(&u, &text, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "line 1, column 8: the secret"));
	assert_null(strstr(text.ptr, "fakefake"));
	free(token);
	buf_wipe(&text);
}

/* Lines in any order, some left out, some new: each secret at its label. */
static void test_undo_random_edits(void **state)
{
	struct buf file = BUF_INIT, text = BUF_INIT, want = BUF_INIT;
	unsigned rnd = 1;
	const char *line;

	for (int round = 0; round < 50; round++) {
		char *copy;

		buf_clear(&file);
		for (int i = 0; i < 30; i++) {
			rnd = rnd * 1103515245 + 12345;
			buf_addf(&file, "K%d=fake%0*u\n", i,
				 (int)(rnd >> 20 & 15), rnd);
		}
		copy = strdup(file.ptr);
		see(copy, ".env");
		becomes(seen, copy);
		buf_clear(&text);
		buf_clear(&want);
		for (int i = 0; i < 30; i++) {
			char name[16];
			size_t n;

			rnd = rnd * 1103515245 + 12345;
			snprintf(name, sizeof(name), "K%u=", (rnd >> 16) % 30);
			line = strstr(seen, name);
			n = strcspn(line, "\n") + 1;
			/* A short one must not come twice. */
			if (memmem(text.ptr, text.len, line, n))
				continue;
			buf_add(&text, line, n);
			buf_add(&want, copy + (line - seen), n);
			if (rnd >> 30)
				continue;
			buf_addstr(&text, "# new\n");
			buf_addstr(&want, "# new\n");
		}
		becomes(text.ptr, want.ptr);
		free(copy);
	}
	buf_release(&file);
	buf_release(&text);
	buf_release(&want);
}

/* 1 with the copy's line, or 0, of text as a file that held old before. */
static int copy_line(const char *text, const char *old)
{
	struct buf s = BUF_INIT, t = BUF_INIT, o = BUF_INIT;
	size_t off = 0;
	int r, line = 0;

	buf_addstr(&s, seen);
	buf_addstr(&t, text);
	buf_addstr(&o, old);
	r = mask_finds_copy(&list, &s, &t, &o, &off);
	assert_true(r >= 0);
	for (size_t i = 0; r && i <= off; i++)
		line += !i || text[i - 1] == '\n';
	buf_release(&s);
	buf_release(&t);
	buf_release(&o);
	return line;
}

static void test_copies_with_short_masks(void **state)
{
	static const char fields[] = "{\n  \"host\": \"db\",\n"
		"  \"user\": \"bob\",\n  \"password\": \"xxxxxxx\"\n}\n";

	(void)state;
	see("{\n  \"host\": \"db\",\n  \"user\": \"bob\",\n"
	    "  \"password\": \"zebra42\"\n}\n", "db.json");
	assert_string_equal(seen, fields);
	assert_int_equal(copy_line(seen, ""), 4);
	/* reordered, indented, within another text */
	assert_int_equal(copy_line("a\n{\n\"password\": \"xxxxxxx\",\r\n"
				   "\t\"user\": \"bob\"\n}\nand more\n", ""),
			 3);
	/* what was there before is nobody's copy */
	assert_int_equal(copy_line(seen, fields), 0);
	/* the line alone may be anybody's */
	assert_int_equal(copy_line("\"password\": \"xxxxxxx\"\nother\n", ""), 0);
	assert_int_equal(copy_line("{\n\"host\": \"db\",\n\"user\": \"bob\",\n"
				   "\"password\": \"xxxxxx\"\n}\n", ""), 0);
	/* of a file of one line, all of it */
	see("password: zebra\n", "a.yml");
	assert_int_equal(copy_line(seen, ""), 1);
	assert_int_equal(copy_line("password: xxxxx\nport: 1\n", ""), 0);
	/* but so much filling is no accident */
	see("password: zebrazebra\nport: 1\nhost: a.b\nuser: bob\n", "b.yml");
	assert_int_equal(copy_line("x\npassword: xxxxxxxxxx\n", ""), 2);
	/* and filling alone, or too little, is nothing */
	see("a: 12\nb: 3\nlong: name\n", "c.env");
	assert_int_equal(copy_line("xxxx\n12\n", ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_undo_of_nothing_is_the_file),
		cmocka_unit_test(test_undo_masks_move_within_the_file),
		cmocka_unit_test(test_undo_refuses_what_is_not_ours),
		cmocka_unit_test(test_undo_utf16),
		cmocka_unit_test(test_undo_without_masks),
		cmocka_unit_test(test_undo_short_masks_by_their_line),
		cmocka_unit_test(test_undo_short_masks_that_look_alike),
		cmocka_unit_test(test_undo_is_judged_again),
		cmocka_unit_test(test_undo_random_edits),
		cmocka_unit_test(test_copies_with_short_masks),
	};
	int r = cmocka_run_group_tests(tests, shipped_start, shipped_stop);

	mask_list_release(&list);
	free(seen);
	return r;
}
