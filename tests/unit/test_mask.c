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
#include "scan/mask_make.h"
#include "util/conf.h"
#include "util/io.h"
#include "util/json.h"

static const uint8_t key[MASK_KEY_LEN] = "a key for tests";

/* A token of a form that a rule of high confidence knows, fake of course. */
static const char *token(void)
{
	static char t[64];

	snprintf(t, sizeof(t), "sk_%s_%s", "live",
		 "51FAKEfakeFAKEfakeQwErTyUiOpAsDf");
	return t;
}

static int file_of(const void *text, size_t len)
{
	int fd = memfd_create("t", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, text, len), 0);
	return fd;
}

static int judge(const void *text, size_t len, const char *path,
		 enum action action, struct mask_list *out)
{
	struct verdict v = { action, NULL, 0 };
	int fd = file_of(text, len), r;

	r = mask_judge(policy, &v, fd, path, key, out);
	close(fd);
	return r;
}

/* The masked form; everything outside the spans as it was, inside harmless. */
static char *masked(const char *text, const char *path, enum action action)
{
	size_t len = strlen(text);
	struct mask_list l;
	char *out = strdup(text);

	assert_int_equal(judge(text, len, path, action, &l), 0);
	mask_patch(&l, out, len, 0);
	for (size_t i = 0; i < len; i++)
		if (out[i] != text[i])
			assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
					       "abcdefghijklmnopqrstuvwxyz"
					       "0123456789", out[i]));
	mask_list_release(&l);
	return out;
}

static void test_mask_finds_by_content(void **state)
{
	char text[200], *out;
	struct mask_list l;

	snprintf(text, sizeof(text), "{\"a\": 1, \"stripe\": \"%s\", \"b\": 2}\n",
		 token());
	assert_int_equal(judge(text, strlen(text), "c.json", ACTION_SHOW, &l), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.at[0].len, strlen(token()));
	assert_memory_equal(text + l.at[0].off, token(), l.at[0].len);
	assert_memory_equal(l.at[0].text, MASK_MARK, strlen(MASK_MARK));
	assert_non_null(l.at[0].rule);
	mask_list_release(&l);
	out = masked(text, "c.json", ACTION_SHOW);
	assert_null(strstr(out, token()));
	free(out);
	assert_int_equal(judge("plain\n", 6, "a.txt", ACTION_SHOW, &l), 0);
	assert_int_equal(l.n, 0);
	assert_int_equal(judge("", 0, "a.txt", ACTION_MASK, &l), 0);
}

static void test_mask_depends_on_key_file_and_secret(void **state)
{
	struct place p = { 0, 20, 1, NULL, NULL };
	struct mask_list l = { NULL, 0 };
	struct digest *d, *other;

	assert_int_equal(digest_new(&d, key, sizeof(key)), 0);
	assert_int_equal(digest_new(&other, "x", 1), 0);
	mask_make(&l, d, "f", "fake-secret-of-20-by", &p);
	mask_make(&l, d, "f", "fake-secret-of-20-by", &p);
	mask_make(&l, d, "g", "fake-secret-of-20-by", &p);
	mask_make(&l, d, "f", "fake-secret-of-20-bz", &p);
	mask_make(&l, other, "f", "fake-secret-of-20-by", &p);
	assert_int_equal(l.n, 5);
	assert_memory_equal(l.at[0].text, l.at[1].text, 20);
	for (size_t i = 2; i < 5; i++)
		assert_memory_not_equal(l.at[0].text, l.at[i].text, 20);
	mask_list_release(&l);
	digest_free(d);
	digest_free(other);
}

static void test_mask_patch_any_window(void **state)
{
	char text[300], *whole, part[300];
	struct mask_list l;
	size_t len;

	snprintf(text, sizeof(text), "A=%s\nB=short\nC=\"%s\"\n", token(),
		 "another fake value");
	len = strlen(text);
	whole = masked(text, ".env", ACTION_MASK);
	assert_int_equal(judge(text, len, ".env", ACTION_MASK, &l), 0);
	for (size_t off = 0; off < len; off++) {
		for (size_t n = 1; off + n <= len; n++) {
			memcpy(part, text + off, n);
			mask_patch(&l, part, n, (off_t)off);
			assert_memory_equal(part, whole + off, n);
		}
	}
	mask_list_release(&l);
	free(whole);
}

static void test_mask_dotenv(void **state)
{
	static const char text[] =
		"# a comment, kept\n"
		"PORT=3000\r\n"
		"export NAME = fakevalue # why\n"
		"Q=\"fake #1\" # c\n"
		"S='it\\'\n"
		"M=\"fake line\nfake two\"\n"
		"EMPTY=\n"
		"# OLD=fakefake\n"
		"a stray line\n"
		"X=$Y\n"
		"LAST=fake";
	static const char want[] =
		"# a comment, kept\n"
		"PORT=9999\r\n"
		"export NAME = xxxxxxxxx # why\n"
		"Q=\"xxxxxxx\" # c\n"
		"S='xxx'\n"
		"M=\"xxxxxxxxx\nxxxxxxxx\"\n"
		"EMPTY=\n"
		"# OLD=xxxxxxxx\n";
	char *out = masked(text, "x/.env", ACTION_MASK);

	assert_memory_equal(out, want, sizeof(want) - 1);
	assert_null(strstr(out, "fake"));
	assert_null(strstr(out, "$Y"));
	assert_string_equal(out + strlen(out) - 9, "LAST=xxxx");
	free(out);
}

static int count_keys(void *payload, const char *section, const char *k,
		      const char *value, int line, struct err *err)
{
	++*(int *)payload;
	return 0;
}

static void test_mask_formats_still_parse(void **state)
{
	static const char json[] = "{\"password\": \"fake-\\\"pw\", \"n\": 12,\n"
		"\"token\": 123456, \"apiKey\": \"fakefakefakefake\"}";
	static const char ini[] = "[a]\npassword = fakefakefake ; c\nb = 1\n";
	static const char yaml[] = "db:\n  password: fakepassw0rd\n"
		"  url: pg://u:fakepw99@h/d\n  pin_token: 123456\n";
	json_t *root;
	char *out;
	int n = 0;

	out = masked(json, "c.json", ACTION_MASK);
	root = json_loads(out, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_object_size(root), 4);
	assert_null(strstr(out, "fakefake"));
	json_decref(root);
	free(out);
	out = masked(ini, "c.ini", ACTION_MASK);
	assert_int_equal(conf_parse("t", out, strlen(out), count_keys, &n,
				    NULL), 0);
	assert_int_equal(n, 2);
	assert_null(strstr(out, "fakefake"));
	free(out);
	out = masked(yaml, "c.yml", ACTION_MASK);
	assert_non_null(strstr(out, "  password: SCRIM_"));
	assert_non_null(strstr(out, "  url: pg://u:xxxxxxxx@h/d"));
	assert_non_null(strstr(out, "pin_token: 999999"));
	free(out);
}

/* Line by line: a block in YAML keeps its lines and their indentation. */
static void test_mask_of_several_lines(void **state)
{
	char text[] = "key: |\n  first line of a fake\n  second fake line\n\n  x\n";
	struct place p = { 9, 45, 1, NULL, NULL };
	struct mask_list l = { NULL, 0 };
	struct digest *d;

	assert_int_equal(digest_new(&d, key, sizeof(key)), 0);
	p.len = strlen(text) - 10;
	assert_int_equal(mask_make(&l, d, "f", text + 9, &p), 0);
	mask_patch(&l, text, strlen(text), 0);
	assert_int_equal(l.n, 3);
	assert_memory_equal(text, "key: |\n  SCRIM_", 15);
	assert_memory_equal(text + 29, "\n  SCRIM_", 9);
	assert_string_equal(text + strlen(text) - 6, "\n\n  x\n" );
	mask_list_release(&l);
	digest_free(d);
}

/* What is known by the name beside it stands at other places of the file, too. */
static void test_mask_wherever_it_stands(void **state)
{
	char *out = masked("# was fakefakefakefake01, now:\n"
			   "TOKEN=fakefakefakefake01\nA=b\n"
			   "#fakefakefakefake01fakefakefakefake01\n"
			   "# fakefakefakefake0\n", ".env", ACTION_MASK);

	assert_null(strstr(out, "fakefakefakefake01"));
	assert_non_null(strstr(out, "# was SCRIM_"));
	assert_non_null(strstr(out, ", now:\n"));
	assert_non_null(strstr(out, "# fakefakefakefake0\n"));
	free(out);
}

static void test_mask_utf16(void **state)
{
	char text[300] = "\xff\xfe";
	size_t len = 2;
	struct mask_list l;

	for (const char *s = "x = "; *s; s++, len += 2)
		text[len] = *s;
	for (const char *s = token(); *s; s++, len += 2)
		text[len] = *s;
	assert_int_equal(judge(text, len, "a.txt", ACTION_SHOW, &l), 0);
	assert_int_equal(l.n, 1);
	mask_patch(&l, text, len, 0);
	assert_memory_equal(text + 10, "S\0C\0R\0I\0M\0_\0", 12);
	mask_list_release(&l);
}

/* What stands within and below a telling name, in each sort of file. */
static void test_mask_below_a_telling_name(void **state)
{
	static const struct {
		const char *path, *text, *want;
	} cases[] = {
		{ "a.yml", "password: |\n  zebra1 kelp\n  zebra2\nport: 80\n",
		  "password: |\n  xxxxxxxxxxx\n  xxxxxx\nport: 80\n" },
		{ "a.yml", "tokens:\n- zebra1\n- 'zebra2' # kept\nport: 80\n",
		  "tokens:\n- xxxxxx\n- 'zebra2' # kept\nport: 80\n" },
		{ "a.yml", "secret:\n  a: zebra1\n  b: {c: zebra2, d: true}\n"
			   "e: 1\n",
		  "secret:\n  a: xxxxxx\n  b: {c: xxxxxx, d: true}\ne: 1\n" },
		{ "a.yml", "secret: &x !!str zebra1\ne: [1, 2]\n",
		  "secret: &x !!str xxxxxx\ne: [1, 2]\n" },
		{ "a.json", "{\"token\": [\"zebra1\", {\"k\": \"zebra2\"}, 1.5],"
			    " \"n\": 1}",
		  "{\"token\": [\"xxxxxx\", {\"k\": \"xxxxxx\"}, 1.5],"
		  " \"n\": 1}" },
		{ "a.toml", "passwords = [\"zebra1\",\n \"zebra2\"]\nport = 1\n",
		  "passwords = [\"xxxxxx\",\n \"xxxxxx\"]\nport = 1\n" },
		{ "a.toml", "password = \"\"\"\nzebra1\nzebra2\"\"\"\nport = 1\n",
		  "password = \"\"\"\nxxxxxx\nxxxxxx\"\"\"\nport = 1\n" },
		{ "a.ini", "password =\n  zebra1\n  zebra2\nport = 1\n",
		  "password =\n  xxxxxx\n  xxxxxx\nport = 1\n" },
		{ "netrc", "login joe\npassword zebra1\nport 1\n",
		  "login joe\npassword xxxxxx\nport 1\n" },
		{ "a.xml", "<p><add key=\"Password\" value=\"zebra1\"/>"
			   "<e name='token'><![CDATA[zebra2]]></e><f>1</f></p>",
		  "<p><add key=\"Password\" value=\"xxxxxx\"/>"
		  "<e name='token'><![CDATA[xxxxxx]]></e><f>1</f></p>" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = masked(cases[i].text, cases[i].path, ACTION_MASK);

		if (!strstr(cases[i].want, "# kept"))
			assert_string_equal(out, cases[i].want);
		else
			assert_null(strstr(out, "zebra"));
		free(out);
	}
}

/* However deep, and however many: a file is gone through once. */
static void test_mask_of_hostile_nesting(void **state)
{
	size_t len = 2u << 20;
	char *text = malloc(len + 1);
	struct mask_list l;

	for (size_t i = 0; i + 16 <= len; i += 16)
		memcpy(text + i, "{password:{ke:z,", 16);
	judge(text, len, "a.json", ACTION_MASK, &l);
	mask_list_release(&l);
	for (size_t i = 0; i + 16 <= len; i += 16)
		memcpy(text + i, "<password a='b'\n", 16);
	judge(text, len, "a.xml", ACTION_MASK, &l);
	mask_list_release(&l);
	free(text);
}

/* The token in characters of width bytes, in whichever order; past it. */
static char *widen_to(char *to, const char *s, size_t width, int big_endian)
{
	for (; *s; s++, to += width) {
		memset(to, 0, width);
		to[big_endian ? width - 1 : 0] = *s;
	}
	return to;
}

static char *widen(char *to, const char *s, int big_endian)
{
	return widen_to(to, s, 2, big_endian);
}

static void see_no_token(const char *text, size_t len, const char *path)
{
	char wide[2][128], wider[256], *out = malloc(len);
	size_t n = strlen(token());
	struct mask_list l;

	memcpy(out, text, len);
	assert_int_equal(judge(text, len, path, ACTION_SHOW, &l), 0);
	assert_true(l.n > 0);
	mask_patch(&l, out, len, 0);
	widen(wide[0], token(), 0);
	widen(wide[1], token(), 1);
	assert_null(memmem(out, len, token(), n));
	assert_null(memmem(out, len, wide[0], 2 * n - 1));
	assert_null(memmem(out, len, wide[1] + 1, 2 * n - 1));
	widen_to(wider, token(), 4, 0);
	assert_null(memmem(out, len, wider, 4 * n - 3));
	mask_list_release(&l);
	free(out);
}

/* Text of one encoding within a file of another, at odd and even offsets. */
static void test_mask_mixed_encodings(void **state)
{
	char text[4000], line[200], *p;

	snprintf(line, sizeof(line), "\ntoken = %s\n", token());
	for (int big = 0; big < 2; big++) {
		for (size_t head = 300; head < 304; head++) {
			memset(text, 'a', head);
			p = widen(text + head, line, big);
			see_no_token(text, (size_t)(p - text), "a.log");
			/* the last byte of the file is missing */
			if (!big)
				see_no_token(text, (size_t)(p - text) - 3, "b.log");
			memcpy(p, "tail", 4);
			see_no_token(text, (size_t)(p - text) + 4, "c.log");
		}
		p = widen(text, "long enough to be taken for UTF-16\n", big);
		memcpy(p, line, strlen(line));
		see_no_token(text, (size_t)(p - text) + strlen(line), "d.log");
	}
}

static void test_mask_utf32(void **state)
{
	static const char *const lines[] = { "token = ", "\nend\n" };
	char text[2048], back[2048], *p;

	(void)state;
	for (int big = 0; big < 2; big++)
	for (int bom = 0; bom < 2; bom++)
	for (int end = 0; end < 2; end++) {
		struct buf undone = BUF_INIT;
		struct err err = ERR_INIT;
		struct mask_undo u;
		struct mask_list l;

		p = text;
		if (bom) {
			memcpy(p, big ? "\0\0\xfe\xff" : "\xff\xfe\0\0", 4);
			p += 4;
		}
		p = widen_to(p, lines[0], 4, big);
		p = widen_to(p, token(), 4, big);
		p = widen_to(p, end ? lines[1] : "", 4, big);
		see_no_token(text, (size_t)(p - text), "a.txt");
		assert_int_equal(judge(text, (size_t)(p - text), "a.txt",
				       ACTION_SHOW, &l), 0);
		memcpy(back, text, sizeof(back));
		mask_patch(&l, back, (size_t)(p - text), 0);
		/* still that encoding */
		for (size_t i = 4 * (size_t)bom; i < (size_t)(p - text); i++)
			assert_true(!back[i] == !text[i]);
		u = (struct mask_undo){ .list = &l, .base = text,
					.base_len = (size_t)(p - text) };
		buf_add(&undone, back, (size_t)(p - text));
		assert_int_equal(mask_undo(&u, &undone, &err), 0);
		assert_memory_equal(undone.ptr, text, undone.len);
		buf_clear(&undone);
		buf_add(&undone, back, (size_t)(p - text));
		u.list = NULL;
		assert_int_equal(mask_undo(&u, &undone, &err), -EBADMSG);
		buf_release(&undone);
		mask_list_release(&l);
	}
}

/* Over the border of two pieces of a large file. */
static void test_mask_mixed_at_a_border(void **state)
{
	size_t len = 3u << 20;
	char *text = calloc(1, len);

	for (size_t at = (1u << 20) - 90; at < (1u << 20); at += 13) {
		memset(text, 1, len);
		widen(text + at, token(), 0);
		see_no_token(text, len, "a.bin");
		memset(text, 1, len);
		widen(text + (1u << 20) - 2 * (SCAN_BEFORE + SCAN_AFTER) -
		      90 + at % 90, token(), 1);
		see_no_token(text, len, "a.bin");
	}
	free(text);
}

static void test_mask_judge_fails_closed(void **state)
{
	struct verdict v = { ACTION_SHOW, NULL, 0 };
	struct mask_list l;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(mask_judge(policy, &v, fd, "a", key, &l) < 0);
	close(fd);
	assert_true(mask_judge(policy, &v, -1, "a", key, &l) < 0);
	assert_int_equal(judge("x", 1, "a", ACTION_DENY, &l), -EACCES);
	assert_int_equal(judge("x", 1, "a", ACTION_HIDE, &l), -EACCES);
	assert_int_equal(judge("nothing here", 12, "a.txt", ACTION_MASK, &l),
			 -ENODATA);
	assert_int_equal(judge("a=\0b", 4, ".env", ACTION_MASK, &l), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mask_finds_by_content),
		cmocka_unit_test(test_mask_depends_on_key_file_and_secret),
		cmocka_unit_test(test_mask_patch_any_window),
		cmocka_unit_test(test_mask_dotenv),
		cmocka_unit_test(test_mask_formats_still_parse),
		cmocka_unit_test(test_mask_of_several_lines),
		cmocka_unit_test(test_mask_wherever_it_stands),
		cmocka_unit_test(test_mask_utf16),
		cmocka_unit_test(test_mask_below_a_telling_name),
		cmocka_unit_test(test_mask_of_hostile_nesting),
		cmocka_unit_test(test_mask_mixed_encodings),
		cmocka_unit_test(test_mask_utf32),
		cmocka_unit_test(test_mask_mixed_at_a_border),
		cmocka_unit_test(test_mask_judge_fails_closed),
	};

	return cmocka_run_group_tests(tests, shipped_start, shipped_stop);
}
