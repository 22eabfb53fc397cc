/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/value.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "scan/wordy.h"

#define FOLDED 256

struct shape {
	size_t len, lower, upper, digit, other, space, hex;
	size_t distinct;
};

double value_entropy(const char *s, size_t len)
{
	unsigned count[256] = { 0 };
	double sum = 0;

	for (size_t i = 0; i < len; i++)
		count[(unsigned char)s[i]]++;
	for (int i = 0; i < 256; i++)
		if (count[i])
			sum -= count[i] * log2((double)count[i] / (double)len);
	return len ? sum / (double)len : 0;
}

static void measure(const char *s, size_t len, struct shape *f)
{
	unsigned char seen[256] = { 0 };

	memset(f, 0, sizeof(*f));
	f->len = len;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		f->lower += islower(c) != 0;
		f->upper += isupper(c) != 0;
		f->digit += isdigit(c) != 0;
		f->space += c == ' ' || c == '\t';
		f->hex += isxdigit(c) != 0;
		f->distinct += !seen[c];
		seen[c] = 1;
	}
	f->other = len - f->lower - f->upper - f->digit - f->space;
}

static size_t fold(char *out, const char *s, size_t len)
{
	if (len > FOLDED)
		len = FOLDED;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)s[i]);
	return len;
}

static int begins(const char *s, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !strncasecmp(s, with, n);
}

static int holds(const char *s, size_t len, const char *what)
{
	return memmem(s, len, what, strlen(what)) != NULL;
}

/* Which pairs of characters are in a value, so that few searches are needed. */
struct pairs {
	uint32_t bit[32];
};

static void note_pairs(const char *s, size_t len, struct pairs *p)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 1; i < len; i++)
		p->bit[s[i - 1] & 31] |= 1u << (s[i] & 31);
}

static int holds_any(const char *s, size_t len, const char *const *list,
		     size_t n)
{
	struct pairs p;

	note_pairs(s, len, &p);
	for (size_t i = 0; i < n; i++)
		if (p.bit[list[i][0] & 31] >> (list[i][1] & 31) & 1 &&
		    holds(s, len, list[i]))
			return 1;
	return 0;
}

static int begins_any(const char *s, size_t len, const char *const *list,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((list[i][0] ^ s[0]) % 32 == 0 && begins(s, len, list[i]))
			return 1;
	return 0;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* $NAME, $name[1], $obj.name */
static int is_variable(const char *s, size_t len)
{
	if (len < 2 || s[0] != '$' || !(isalpha((unsigned char)s[1]) || s[1] == '_'))
		return 0;
	for (size_t i = 1; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_:-.[]'\"", s[i]))
			return 0;
	return 1;
}

/* What a SealedSecret holds: RSA of a session key, its length before it. */
static int is_sealed(const char *s, size_t len)
{
	return len >= 200 && s[0] == 'A' && s[1] == 'g' && strchr("ABCD", s[2]);
}

int value_is_reference(const char *s, size_t len)
{
	static const char *const marks[] = {
		"${", "$(", "{{", "}}", "<%", "%>", "#{", "%(", "{%", "$[[",
		"${{", "@{", "__}", "$env:", "ENC[", "process.env", "os.environ",
		"getenv", "System.get", "ConfigurationManager", "std::env",
		"vault(", "lookup(", "|vault", "ansible_vault", "$ANSIBLE_VAULT",
		"secrets.", "!Ref", "!Sub", "fromJSON", "keyvault", "KeyVault",
	};
	static const char *const heads[] = {
		"op://", "vault:", "ssm:", "arn:", "file:", "env:", "env(",
		"secret://", "secretsmanager:", "awssm:", "gcpsm:", "ref+",
		"bao:", "kms:", "keychain:", "!vault", "!secret", "!reference",
		"!include", "!env", "!encrypted", "resolve:", "@Microsoft.",
		"doppler:", "infisical:", "/run/secrets/", "data:", "sops:",
		"required|", "nullable|", "confirmed|",
		"projects/", "keyring:", "pass:", "lookup:", "AQICAH",
	};

	if (!len)
		return 0;
	if (holds_any(s, len, marks, COUNT(marks)) ||
	    begins_any(s, len, heads, COUNT(heads)))
		return 1;
	return is_variable(s, len) || is_sealed(s, len) ||
	       (len > 2 && s[0] == '%' && s[len - 1] == '%');
}

/* More than half of it is one byte, or the same as the byte before. */
static int is_monotonous(const char *s, size_t len)
{
	size_t most = 0, same = 0;
	unsigned count[256] = { 0 };

	for (size_t i = 0; i < len; i++) {
		unsigned n = ++count[(unsigned char)s[i]];

		if (n > most)
			most = n;
		same += i && s[i] == s[i - 1];
	}
	return len && (most * 2 > len + 1 || same * 2 > len);
}

/* 00112233445566: each twice, and counting. */
static int counts_in_pairs(const char *s, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		if (s[i] != s[i + 1] || (i && s[i] != s[i - 1] + 1 &&
					 !(s[i] == 'a' && s[i - 1] == '9')))
			return 0;
	return len >= 8;
}

/* Most of it counts up or down: abcdef, 654321. */
static int is_counting(const char *s, size_t len)
{
	size_t run = 0, runs = 0;

	if (counts_in_pairs(s, len))
		return 1;

	for (size_t i = 1; i < len; i++) {
		if (s[i] == s[i - 1] + 1 || s[i] == s[i - 1] - 1)
			run++;
		else
			run = 0;
		if (run >= 3)
			runs += run == 3 ? 4 : 1;
	}
	return runs * 2 > len;
}

static const char *const dummy_parts[] = {
	"xxxx", "****", "....", "____", "----", "####", "your", "change_me",
	"changeme", "change-me", "changethis", "example", "placeholder",
	"redacted", "dummy", "sample", "insert", "replace", "todo", "fixme",
	"password", "passwd", "secretkey",
	"secret_key", "secret-key", "apikey", "api_key", "api-key", "goes-here",
	"goes_here", "my-secret", "my_secret", "mysecret", "supersecret",
	"super_secret", "super-secret", "topsecret", "top_secret", "notsecret",
	"not_a_secret", "notreal", "not-real", "not_real", "fake", "mock",
	"lorem", "foobar", "0123456789", "1234567890", "abcdefgh", "qwertyuiop",
	"abc123", "abcd1234", "deadbeef", "cafebabe", "enter-", "enter_",
	"<your", "invalid", "bogus", "hunter2", "correcthorse",
	"testtest", "test-token", "test_token",
	"testtoken", "sometoken", "some-token", "some_token", "some-secret",
	"somesecret", "some_secret", "helloworld", "secrettoken", "[hidden]",
	"-goes-", "tobereplaced", "masked", "obfuscated", "censored", "removed",
	"scrim_",
};

static const char *const dummy_words[] = {
	"none", "nil", "null", "true", "false", "yes", "no", "empty", "undefined",
	"default", "admin", "root", "test", "user", "username", "guest",
	"secret", "secrets", "token", "pass", "pwd", "key", "value", "string",
	"str", "text", "blank", "unset", "unknown", "n/a", "na", "tbd", "tba",
	"foo", "bar", "baz", "qux", "abc", "abcd", "asdf", "qwerty", "hello",
	"world", "me", "x", "xx", "xxx", "auto", "generate", "generated",
	"random", "required", "optional", "on", "off", "int", "integer",
	"boolean", "bool", "object", "array", "any", "bytes", "byte", "char",
	"number", "float", "private", "public", "sa", "demo", "temp", "tmp",
	"login", "hidden", "disabled", "enabled", "prompt", "ask", "stdin",
	"file", "env", "vault", "basic", "bearer", "digest", "oauth", "oauth2",
	"jwt", "sasl", "plain", "md5", "sha1", "sha256", "scram-sha-256",
	"trust", "peer", "ident", "anonymous", "nobody", "everyone", "self",
	"this", "that", "it", "the", "a", "an", "mytoken", "mykey", "mypass",
	"mypwd", "passphrase", "credential", "credentials", "a1b2c3d4",
	"utf", "ascii", "latin", "latin1", "base64", "binary", "systemd",
	"compat", "files", "winbind", "access_token", "refresh_token", "id_token", "authorization", "always",
	"never", "inherit", "local", "system", "input", "output", "session",
};

static int is_dummy_word(const char *s, size_t len)
{
	for (size_t i = 0; i < COUNT(dummy_words); i++)
		if (dummy_words[i][0] == s[0] &&
		    !strncmp(dummy_words[i], s, len) && !dummy_words[i][len])
			return 1;
	return 0;
}

/* Words of a value that alone would be a dummy: test-user_1, my-key. */
static int all_dummy_words(const char *s, size_t len)
{
	size_t words = 0, digits = 0;

	for (size_t i = 0; i < len; i++)
		digits += isdigit((unsigned char)s[i]) != 0;
	if (digits > 6)
		return 0;
	for (size_t i = 0; i < len;) {
		size_t n = 0;

		while (i + n < len && isalpha((unsigned char)s[i + n]))
			n++;
		if (n && n > 2 && !is_dummy_word(s + i, n))
			return 0;
		words += n > 2;
		i += n ? n : 1;
	}
	return words > 0;
}

/* <token>, [TOKEN], {token}, (none): all in brackets. */
static int is_bracketed(const char *s, size_t len)
{
	static const char open[] = "<[{(", close[] = ">]})";
	const char *p;

	if (len < 2)
		return 0;
	p = strchr(open, s[0]);
	return s[0] && p && s[len - 1] == close[p - open];
}

int value_is_placeholder(const char *s, size_t len)
{
	static const char *const parts[] = {
		"xxxxx", "****", "....", "example", "placeholder", "redacted",
		"your-", "your_", "dummy", "changeme", "insert_", "-here",
		"_here", "scrim_", "abcdefgh",
	};
	char low[FOLDED];
	size_t n = fold(low, s, len);

	if (holds_any(low, n, parts, COUNT(parts)))
		return 1;
	return is_bracketed(s, len) || is_monotonous(s, len);
}

int value_is_dummy(const char *s, size_t len)
{
	char low[FOLDED];
	size_t n = fold(low, s, len), alnum = 0;

	if (is_bracketed(s, len) || is_monotonous(s, len) ||
	    is_counting(s, len))
		return 1;
	for (size_t i = 0; i < len; i++)
		alnum += isalnum((unsigned char)s[i]) || s[i] & 0x80;
	if (!alnum || holds(s, len, "...") || holds(s, len, "\xe2\x80\xa6"))
		return 1;
	if (holds_any(low, n, dummy_parts, COUNT(dummy_parts)))
		return 1;
	return all_dummy_words(low, n);
}

static int is_uuid(const char *s, size_t len)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (len != sizeof(form) - 1)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (form[i] == '-' ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return 0;
	return 1;
}

static int is_public(const char *s, size_t len, const struct shape *f)
{
	static const char *const heads[] = {
		"$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$y$", "$argon2",
		"$pbkdf2", "{SSHA", "{SHA", "{MD5", "{CRYPT", "pbkdf2_", "pbkdf2:",
		"bcrypt", "scrypt:", "sha1:", "sha256:", "sha512:", "sha256-",
		"sha384-", "sha512-", "sha1-", "md5:", "SCRAM-SHA-", "argon2",
		"ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2", "SHA256:", "h1:",
		"pk_test_", "pk_live_", "urn:", "urn%3", "-----BEGIN PUBLIC",
		"-----BEGIN CERT", "MIIBIjAN", "MIGfMA0G", "MFkwEwYH", "MHYwEAYH",
		"MCowBQYD", "MIICIjAN", "AAAAB3Nza", "AAAAC3Nza", "{bcrypt}",
		"{scrypt", "{argon2", "{pbkdf2", "{MD4}", "{ldap}", "PBKDF2",
		"HmacSHA", "AES/", "AES-", "RSA/", "RSA-", "DESede",
	};

	if (begins_any(s, len, heads, COUNT(heads)))
		return 1;
	/* A colour. */
	if (s[0] == '#' && len <= 9 && f->hex == len - 1)
		return 1;
	/* Somebody's address. */
	if (f->other < 5 && memchr(s, '@', len) && memchr(s, '.', len) &&
	    len > 8 && !f->digit && wordy_all(s, len))
		return 1;
	/* An address of a chain. */
	if (len == 42 && begins(s, len, "0x") && f->hex == len - 1)
		return 1;
	if (is_uuid(s, len) || (begins(s, len, "0x") && f->hex == len - 1 &&
				len <= 18))
		return 1;
	/* 2.6.0.Final, 1.2.3-rc1 */
	if (f->digit && f->digit < 6 && isdigit((unsigned char)s[0]) && len > 1 &&
	    len < 24 && s[1] == '.' && f->other > 1 && wordy_all(s, len))
		return 1;
	/* An address, a date, a version. */
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]) && !strchr(".:-/,_ ", s[i]))
			return 0;
	return f->other > 0;
}

/* %s, %d, %08x...: a format, not a value. */
static int has_conversion(const char *s, size_t len)
{
	/* In a long random string one stands by chance. */
	if (len >= 24 && !wordy_all(s, len))
		return 0;
	for (size_t i = 0; i + 1 < len; i++) {
		size_t k = i + 1;

		if (s[i] != '%')
			continue;
		while (k < len && (isdigit((unsigned char)s[k]) ||
				   strchr("#.-*lhz", s[k])))
			k++;
		if (k < len && strchr("sduxXcp", s[k]) &&
		    (k + 1 == len || !isalnum((unsigned char)s[k + 1]) ||
		     s[k] == 'p'))
			return 1;
	}
	return 0;
}

/* A path, an address, a call, a dotted or arrowed expression. */
static int is_code(const char *s, size_t len, const struct shape *f)
{
	static const char *const marks[] = {
		"://", "()", "</", "/>", "&lt;", "&gt;", "&#x", "\\x", "\\u", "[]", "();", "\t",
	};
	/* In a random string they stand by chance. */
	static const char *const operators[] = {
		"->", "::", "=>", "==", "!=", "&&", "||", "+=",
	};
	static const char *const heads[] = {
		"/", "./", "../", "~/", "C:\\", "D:\\", "c:\\", "\\\\", "www.",
		"/etc/", "/usr/", "/var/", "/home/", "/opt/", "/tmp/", "/run/",
		"/root/", "/dev/", "/proc/", "/sys/", "/mnt/", "/app/", "/srv/",
		"new ", "function", "return ", "require(", "@/", "lambda",
	};
	const char *open;

	while (len && s[len - 1] == '=')
		len--;
	open = memchr(s, '(', len);

	if (holds_any(s, len, marks, COUNT(marks)))
		return 1;
	if (holds_any(s, len, operators, COUNT(operators)) &&
	    (f->space || len < 20 || wordy_all(s, len)))
		return 1;
	for (size_t i = 0; i < COUNT(heads); i++)
		if (begins(s, len, heads[i]) &&
		    (strcmp(heads[i], "/") || wordy_all(s, len)))
			return 1;
	if (has_conversion(s, len) ||
	    (s[0] == '/' && len < 24 && !f->digit && !f->space) ||
	    (memchr(s, '\\', len) && wordy_all(s, len)))
		return 1;
	if (len > 1 && strchr("[({", s[0]) && wordy_all(s, len))
		return 1;
	/* name(...) */
	if (open && open > s && s[len - 1] == ')' &&
	    isalpha((unsigned char)s[0]) && wordy_all(s, (size_t)(open - s)))
		return 1;
	return len && f->other && !f->space && !f->digit && memchr(s, '.', len) &&
	       wordy_all(s, len);
}

/* The parts of letters, digits between them or not, are words. */
static int is_words(const char *s, size_t len, const struct shape *f)
{
	if (f->space >= 2 && f->space * 16 > len)
		return 1;
	if (f->space && wordy_all(s, len))
		return 1;
	/* Every third a digit: no identifier. */
	if (f->digit * 4 > len || f->digit > 4)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_-. :/',=", s[i]))
			return 0;
	return wordy_all(s, len);
}

/* Letters beyond ASCII and no digit: a text in some language. */
static int is_foreign(const char *s, size_t len, const struct shape *f)
{
	size_t beyond = 0;

	for (size_t i = 0; i < len; i++)
		beyond += (s[i] & 0x80) != 0;
	return beyond && (!f->digit || beyond * 2 >= len);
}

static int is_random(const char *s, size_t len, const struct shape *f)
{
	int kinds = (f->lower > 0) + (f->upper > 0) + (f->digit > 0);
	double e = value_entropy(s, len);

	if (len < 16 || f->space)
		return 0;
	if (f->hex == len)
		return len >= 16 && e >= 2.8 && f->digit && f->digit < len;
	if (kinds < 2)
		return len >= 24 && e >= 3.5 && wordy_surprise(s, len) >= 52;
	if (!f->digit)
		return e >= 3.3 && wordy_surprise(s, len) >= 50;
	return e >= (len >= 24 ? 3.3 : 3.1);
}

enum value_kind value_judge(const char *s, size_t len)
{
	struct shape f;

	if (!len)
		return VALUE_NONE;
	measure(s, len, &f);
	if (value_is_reference(s, len))
		return VALUE_NONE;
	if (value_is_dummy(s, len))
		return VALUE_DUMMY;
	if (is_public(s, len, &f))
		return VALUE_PUBLIC;
	if (is_code(s, len, &f))
		return VALUE_NONE;
	if (f.digit == len)
		return len >= 5 ? VALUE_SHORT : VALUE_NONE;
	if (is_words(s, len, &f) || is_foreign(s, len, &f))
		return VALUE_WORDS;
	if (is_random(s, len, &f))
		return VALUE_RANDOM;
	if (len < 4 || f.distinct < 3)
		return VALUE_NONE;
	return VALUE_CHOSEN;
}
