/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/wordy.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/*
 * Row: a letter; column: the next one; 'a' plus twice the bits of surprise,
 * counted over technical prose and identifiers.
 */
static const char follow[26][27] = {
	"pjijqokqktmgigsjugiflmoomp", "glklgnoqglrfmohmziimhqsrls",
	"gqknhorgjxiimpfmsjlhkqssot", "hmlkemnpfqqklninrjjjljnprnw",
	"jnihlllqntqikgolofgiplnknr", "inmlhgotewtinngmtiijiuqsnz",
	"ionnenkjhxvjljjlyhiliqrspr", "fpomeqrsgupmmmgnwjljjqnslt",
	"kkijjlkustpijehlskhhqkvnvl", "fnkjfmpqipmommfkpnjngpmzru",
	"hmmlenllgpojmlilslhkkpmumr", "gpnkfnqrfumhopgnwqkjkottit",
	"fkmmepqsgvomjphgtqjnjrrrox", "ipihhkgqirmnpliosphflmrtpq",
	"mlijomlqmrniifkjwgjjikkpps", "gplmgnokixohnohjtgkikrptlu",
	"nnklomrqmtvjlnnovlimbmusuz", "gnkkeolsgunmklhmrkiilnqslu",
	"joinfoojhumlmoiiqnhfipotlr", "hplnfnrifuqlnphmuhijkqprkq",
	"jikljllrjuphifnizghgsrtosq", "fnlmdnosfzsnloinvmlnpptsqv",
	"follgnpjfyokmihnrhinqrmpqz", "imhkgjonhsslknlgqmlfnoqjlr",
	"iljlimmpjtqjihjfxlfimomqpn", "goppdotlezqlmpipuommnrtrlj",
};

int wordy_surprise(const char *s, size_t len)
{
	int sum = 0, n = 0;

	for (size_t i = 1; i < len; i++) {
		int a = tolower((unsigned char)s[i - 1]);
		int b = tolower((unsigned char)s[i]);

		if (a < 'a' || a > 'z' || b < 'a' || b > 'z')
			continue;
		sum += 5 * (follow[a - 'a'][b - 'a'] - 'a');
		n++;
	}
	return n ? sum / n : -1;
}

static int is_short_word(const char *s, size_t len)
{
	static const char *const known[] = {
		"db", "id", "my", "sql", "pwd", "ctx", "cfg", "tmp", "src",
		"dst", "str", "num", "msg", "url", "uri", "http", "https",
		"xml", "json", "html", "css", "jwt", "aws", "gcp", "api",
		"app", "svc", "srv", "tls", "ssl", "ssh", "cert", "smtp",
		"ftp", "mysql", "pg", "usr", "key", "auth", "ctrl", "btn",
		"txt", "img", "cmd", "env", "dev", "prod", "std", "ptr",
		"buf", "len", "idx", "md", "sha", "hmac", "rsa", "dsa", "ec",
		"kv", "k8s", "csrf", "xsrf", "oauth", "ldap", "dns", "tcp",
		"on", "in", "to", "of", "is", "at", "by", "or", "no", "we", "do",
		"if", "up", "me", "it", "as", "an", "ok", "go", "be", "so",
		"udp", "cpu", "gpu", "lib", "bin", "sys", "www", "com", "org",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((known[i][0] ^ s[0]) % 32 == 0 &&
		    !strncasecmp(s, known[i], len) && !known[i][len])
			return 1;
	return 0;
}

/* A run of letters of one case form: word, Word or WORD. */
static size_t run_length(const char *s, size_t len)
{
	size_t n = 1;

	if (n < len && isupper((unsigned char)s[0]) &&
	    isupper((unsigned char)s[1])) {
		while (n < len && isupper((unsigned char)s[n]))
			n++;
		if (n < len && islower((unsigned char)s[n]))
			n--;
		return n;
	}
	while (n < len && islower((unsigned char)s[n]))
		n++;
	return n;
}

static int is_word(const char *s, size_t len)
{
	if (len <= 1 || (len <= 5 && is_short_word(s, len)))
		return 1;
	if (len == 2)
		return 0;
	return wordy_surprise(s, len) <= (len < 5 ? 46 : len < 8 ? 47 : 45);
}

int wordy_all(const char *s, size_t len)
{
	size_t odd = 0, all = 0;

	for (size_t i = 0; i < len;) {
		size_t n = 1;

		if (isalpha((unsigned char)s[i])) {
			n = run_length(s + i, len - i);
			all += n;
			if (!is_word(s + i, n))
				odd += n;
		}
		i += n;
	}
	/* One odd part in a long name is an abbreviation. */
	return odd * 5 <= all;
}
