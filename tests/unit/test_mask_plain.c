/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shipped.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scan/mask.h"
#include "scan/mask_make.h"
#include "scan/mask_rewrite.h"
#include "util/io.h"

static const uint8_t key[MASK_KEY_LEN] = "a key for tests";

/* As a program would make it; of no vendor's form. */
#define RANDOM "Xk29vQz7Lm4Rt8Wp" "3Ns6Bd1Fh5Jc0Yg"

static void base64(char *out, const char *s, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)(unsigned char)s[i] << 16;

		v |= i + 1 < n ? (unsigned)(unsigned char)s[i + 1] << 8 : 0;
		v |= i + 2 < n ? (unsigned char)s[i + 2] : 0;
		*out++ = letters[v >> 18];
		*out++ = letters[v >> 12 & 63];
		*out++ = i + 1 < n ? letters[v >> 6 & 63] : '=';
		*out++ = i + 2 < n ? letters[v & 63] : '=';
	}
	*out = '\0';
}

/* As the agent sees it; undone it is what it was. Heap. */
static char *seen(const char *path, const char *text, enum action action)
{
	struct verdict v = { action, NULL, 0 };
	size_t len = strlen(text);
	struct mask_undo u = { .base = text, .base_len = len };
	int fd = memfd_create("t", MFD_CLOEXEC);
	struct buf back = BUF_INIT;
	struct err err = ERR_INIT;
	struct mask_list l;
	char *out = strdup(text);

	assert_int_equal(io_write_full(fd, text, len), 0);
	assert_int_equal(mask_judge(policy, &v, fd, path, key, &l), 0);
	close(fd);
	mask_patch(&l, out, len, 0);
	buf_addstr(&back, out);
	u.list = &l;
	if (mask_undo(&u, &back, &err))
		fail_msg("%s: %s", path, err.msg);
	assert_string_equal(back.ptr, text);
	buf_release(&back);
	mask_list_release(&l);
	return out;
}

/* Between before and after a mask stands for secret. */
static void hides_by(enum action action, const char *path, const char *before,
		     const char *secret, const char *after)
{
	char text[4096], *out;
	size_t n = strlen(before), len = strlen(secret);

	snprintf(text, sizeof(text), "%s%s%s", before, secret, after);
	out = seen(path, text, action);
	if (memcmp(out, before, n) || strcmp(out + n + len, after))
		fail_msg("too much is masked: %s", out);
	if (!memcmp(out + n, secret, len < 4 ? len : 4))
		fail_msg("%s: not masked: %s%s", path, before, after);
	free(out);
}

static void hides(const char *path, const char *before, const char *secret,
		  const char *after)
{
	hides_by(ACTION_SHOW, path, before, secret, after);
}

static void shows(const char *path, const char *text)
{
	char *out = seen(path, text, ACTION_SHOW);

	assert_string_equal(out, text);
	free(out);
}

static void test_escapes(void **state)
{
	(void)state;
	hides("a.json", "{\"pass\\u0077ord\": \"", RANDOM, "\"}\n");
	hides("a.json", "{\"password\": \"", "Xk29\\u0076Qz7Lm4Rt8W\\u00703Ns6",
	      "\"}\n");
	hides("a.json", "{\"n\": \"a\\\\u0041\", \"\\u0070assword\": \"", RANDOM,
	      "\"}\n");
	hides("a.yaml", "\"pass\\x77ord\": \"", RANDOM, "\"\n");
	hides("a.xml", "<pass&#119;ord>", RANDOM, "</pass&#119;ord>\n");
	hides("a.xml", "<pass&#x77;ord>", RANDOM, "</pass&#x77;ord>\n");
	hides_by(ACTION_MASK, "a.json", "{\"user\": 1, \"pass\\u0077ord\": \"",
		 "zebra", "\"}\n");
	shows("a.json", "{\"word\": \"\\u0077\\u00e9\\u0022\", \"x\": \"\\\\u0041\"}\n");
}

static void test_explicit_keys(void **state)
{
	(void)state;
	hides("a.yaml", "a:\n  ? password\n  : ", RANDOM, "\n  ? b\n  : c\n");
	hides("a.yaml", "? \"api_key\"\r\n: \"", RANDOM, "\"\r\n");
	hides_by(ACTION_MASK, "a.yaml", "? password\n: ", "zebra", "\nb: c\n");
	shows("a.yaml", "? name\n: " RANDOM "\n");
	shows("a.yaml", "? password\n");
}

static void test_sections(void **state)
{
	(void)state;
	hides("a.toml", "[database.password]\nvalue = \"", RANDOM,
	      "\"\n[names]\nvalue = \"a" "9Jc0YgXk29vQz7Lm4Rt8Wp3Ns\"\n");
	/* the same again within a longer word can be put back, too */
	free(seen("a.toml", "[password]\nv = \"" RANDOM "\"\nx = \"" RANDOM
		  "a\"\n", ACTION_SHOW));
	hides("a.toml", "[[tokens]]\n# x = 1\nid = \"", RANDOM, "\"\n");
	hides("a.toml", "password.value = \"", RANDOM, "\"\n");
	hides("a.ini", "[db]\na = 1\n\n[ \"secret\" ]\r\nb=", RANDOM, "\r\n");
	hides_by(ACTION_MASK, "a.toml", "[db.password]\nvalue = \"", "zebra",
		 "\"\n[x]\ny = \"z\"\n");
	shows("a.toml", "[password.policy]\nname = \"" RANDOM "\"\n");
}

static void test_base64(void **state)
{
	char text[8192], packed[2048], line[2048] = "", half[2048];
	size_t n;

	(void)state;
	snprintf(text, sizeof(text), "HOST=a\nDB_PASSWORD=%s\n", RANDOM);
	base64(packed, text, strlen(text));
	n = strcspn(packed, "=");
	snprintf(half, sizeof(half), "%.*s", (int)n, packed);
	hides("a.yaml", "env: ", half, packed + n);
	hides("deploy.sh", "echo ", half, " | base64 -d >.env\n");
	/* wherever it begins, and with letters before it that are others' */
	for (size_t i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "%.*s %.*s: ", (int)(i % 7),
			 "letters", (int)i, "all of these are letters but for "
			 "the blanks between them, until");
		hides("a.yaml", text, half, packed + n);
	}
	/* over lines */
	for (size_t i = 0; i < n; i += 40)
		snprintf(line + strlen(line), 64, "  %.*s\n", 40, half + i);
	snprintf(text, sizeof(text), "env: |\n%s", line);
	{
		char *out = seen("a.yaml", text, ACTION_SHOW);

		for (size_t i = 0; i + 40 < n; i += 40) {
			char part[16];

			snprintf(part, sizeof(part), "%.8s", half + i);
			assert_null(strstr(out, part));
		}
		assert_memory_equal(out, "env: |\n  SCRIM_", 15);
		free(out);
	}
	/* what is harmless in it stays, and so does what is no text */
	base64(packed, "HOST=a\nNAME=somebody\nPORT=80\n", 29);
	snprintf(text, sizeof(text), "env: %s\n", packed);
	shows("a.yaml", text);
	shows("a.js", "integrity = \"sha512-abcdefghijklmnopqrstuvwxyz"
	      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\"\n"
	      "this_is_a_very_long_function_name_without_any_secret()\n");
	/* as a PowerShell takes it */
	snprintf(text, sizeof(text), "$password = '%s'", RANDOM);
	for (n = 0; text[n]; n++) {
		half[2 * n] = text[n];
		half[2 * n + 1] = '\0';
	}
	base64(packed, half, 2 * n);
	n = strcspn(packed, "=");
	snprintf(half, sizeof(half), "%.*s", (int)n, packed);
	hides("a.cmd", "powershell -enc ", half, "\r\n");
}

static void test_kubernetes_secrets(void **state)
{
	static const char list[] = "items:\n- apiVersion: v1\n  data:\n"
		"    short: YQ==\n    pin: \"MTIzNA==\" # why\n  kind: Secret\n"
		"  metadata:\n    name: aHVudGVyMg==\n- data:\n    a: YQ==\n"
		"  kind: ConfigMap\n---\ndata:\n  b: YQ==\n";
	static const char quoted[] = "{\"metadata\":{\"annotations\":{\"last\":"
		"\"{\\\"kind\\\":\\\"Secret\\\",\\\"data\\\":{\\\"a\\\":\\\"aHVu\\\"}}\"}}}\n";
	char *out;

	(void)state;
	hides("a.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  app: ",
	      "aHVudGVyMg==", "\ntype: Opaque\n");
	out = seen("b.yaml", list, ACTION_SHOW);
	assert_non_null(strstr(out, "    short: xxxx\n    pin: \"xxxxxxxx\" # why\n"));
	assert_non_null(strstr(out, "name: aHVudGVyMg==\n- data:\n    a: YQ==\n"));
	assert_non_null(strstr(out, "---\ndata:\n  b: YQ==\n"));
	free(out);
	hides("a.yaml", "kind: \"Secret\" # x\nstringData:\n  # c\n  \"a b\": |\n    ",
	      "zebra", "\nmetadata:\n  name: x\n");
	hides("a.json", "{\"data\":{\"a\":\"", "aHVu", "\"},\"kind\":\"Secret\"}\n");
	hides("a.json", "[{\"kind\": \"x\", \"data\": {\"a\": \"b\"}}, {\n"
	      "  \"kind\": \"Secret\",\n  \"data\": {\n    \"a\": \"", "aHVu",
	      "\"\n  }\n}]\n");
	out = seen("b.json", quoted, ACTION_SHOW);
	assert_null(strstr(out, "aHVu"));
	assert_non_null(strstr(out, "\\\"a\\\":\\\"xxxx\\\"}}\"}}}"));
	free(out);
	shows("t.yaml", "kind: Secret\ndata:\n  a: {{ .Values.x | b64enc }}\n"
	      "  b: ${PASSWORD}\n");
	shows("t.yaml", "kind: SealedSecret\nspec:\n  data:\n    a: QUFB\n");
}

/* However many, and however deep: a file is gone through a few times. */
static void test_hostile_manifests(void **state)
{
	static const char *const parts[] = {
		"kind: Secret\n kind: Secret\n", "  - kind: Secret\ndata:\n",
		"{\"kind\":\"Secret\",\"data\":", "[a]\n? x\n: y\n",
		"\\u0041\n", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n",
		"{\\\"kind\\\":\\\"Secret\\\"\n",
	};
	size_t len = 2u << 20;
	char *text = malloc(len + 64);

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct verdict v = { ACTION_SHOW, NULL, 0 };
		int fd = memfd_create("t", MFD_CLOEXEC);
		struct mask_list l;
		size_t n = strlen(parts[i]), at = 0;

		for (; at < len; at += n)
			memcpy(text + at, parts[i], n);
		assert_int_equal(io_write_full(fd, text, at), 0);
		mask_judge(policy, &v, fd, "a.yaml", key, &l);
		mask_list_release(&l);
		close(fd);
	}
	free(text);
}

/* What lies in holes is not gone through. */
static void test_sparse(void **state)
{
	static const char text[] = "\n\"sk\\u005fli" "ve_"
				   "51FAKEfakeFAKEfakeQwErTyUiOpAsDf\"\n";
	struct verdict v = { ACTION_SHOW, NULL, 0 };
	int fd = memfd_create("t", MFD_CLOEXEC);
	off_t at = (off_t)1 << 42;
	struct mask_list l;

	(void)state;
	assert_int_equal(io_pwrite_full(fd, text, sizeof(text) - 1, at), 0);
	assert_int_equal(ftruncate(fd, 2 * at), 0);
	assert_int_equal(mask_judge(policy, &v, fd, "a.json", key, &l), 0);
	assert_int_equal(l.n, 1);
	assert_true(l.at[0].off > at);
	mask_list_release(&l);
	close(fd);
}

static void test_rewrite_maps_back(void **state)
{
	static const char s[] = "x\\u0041y\n[token]\nv = 1\n";
	struct rewrite rw = REWRITE_INIT;
	size_t from, to, at;

	(void)state;
	rw.sections = 1;
	assert_int_equal(rewrite(&rw, s, sizeof(s) - 1), 1);
	assert_string_equal(rw.text.ptr, "xAy\n[token]\nv = 1\ntoken = 1\n");
	assert_int_equal(rewrite_span(&rw, 1, 1, &from, &to), 1);
	assert_int_equal(from, 1);
	assert_int_equal(to, 7);
	at = (size_t)(strstr(rw.text.ptr, "token = 1") - rw.text.ptr);
	assert_int_equal(rewrite_span(&rw, at, 5, &from, &to), 0);
	assert_int_equal(rewrite_span(&rw, at + 8, 1, &from, &to), 1);
	assert_int_equal(s[from], '1');
	assert_int_equal(to, from + 1);
	assert_int_equal(rewrite(&rw, "plain\n", 6), 0);
	rewrite_release(&rw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_explicit_keys),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_kubernetes_secrets),
		cmocka_unit_test(test_hostile_manifests),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_rewrite_maps_back),
	};

	return cmocka_run_group_tests(tests, shipped_start, shipped_stop);
}
