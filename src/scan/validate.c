/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/validate.h"

#include <stdint.h>
#include <string.h>

#include "scan/pem.h"
#include "scan/token.h"
#include "scan/value.h"

static int starts(const char *s, size_t len, const char *magic, size_t n)
{
	return len >= n && !memcmp(s, magic, n);
}

/* DER: SEQUENCE of a long length, then INTEGER 3: the version of a PFX. */
static int is_pkcs12(const char *s, size_t len)
{
	return len > 8 && starts(s, len, "\x30\x82", 2) &&
	       !memcmp(s + 4, "\x02\x01\x03", 3);
}

/*
 * A PFX with the type of a bag for a key in it. A store of certificates alone is
 * encrypted as a whole, a key within a bag that says so.
 */
static int is_pkcs12_key(const char *s, size_t len)
{
	static const char bag[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01";
	const size_t n = sizeof(bag) - 1;
	const char *p = is_pkcs12(s, len) ? s : NULL;

	while (p && (p = memmem(p, len - (size_t)(p - s), bag, n))) {
		p += n;
		if (p < s + len && (*p == 1 || *p == 2))
			return 1;
	}
	return 0;
}

/*
 * DER of a private key: SEQUENCE, then INTEGER 0 or 1 (the version of PKCS #8,
 * PKCS #1 or SEC 1), where a certificate or public key has a SEQUENCE.
 */
static int is_der_key(const char *s, size_t len)
{
	size_t head;

	if (len < 8 || s[0] != '\x30')
		return 0;
	head = s[1] == '\x82' ? 4 : s[1] == '\x81' ? 3 : 2;
	if (len < head + 3)
		return 0;
	return !memcmp(s + head, "\x02\x01\x00", 3) ||
	       !memcmp(s + head, "\x02\x01\x01", 3);
}

static int is_keystore(const char *s, size_t len)
{
	return starts(s, len, "\xfe\xed\xfe\xed", 4) ||
	       starts(s, len, "\xce\xce\xce\xce", 4) || is_pkcs12(s, len);
}

static int is_sqlite(const char *s, size_t len)
{
	return starts(s, len, "SQLite format 3", 16);
}

/* An ELF file of type ET_CORE, of either byte order. */
static int is_core(const char *s, size_t len)
{
	return len > 18 && starts(s, len, "\x7f" "ELF", 4) &&
	       (s[16] == 4 || s[17] == 4) && s[16] + s[17] == 4;
}

/* An OpenPGP packet, old or new format, with the tag of a secret key. */
static int is_pgp_secret(const char *s, size_t len)
{
	unsigned char c = len ? (unsigned char)*s : 0;
	unsigned tag = c & 0x40 ? c & 0x3f : c >> 2 & 0x0f;

	return c & 0x80 && (tag == 5 || tag == 7);
}

/* No reference to a secret that is kept elsewhere. */
static int is_no_reference(const char *s, size_t len)
{
	return !value_is_reference(s, len);
}

/* A token of a known form that was not blanked out. */
static int is_literal(const char *s, size_t len)
{
	return !value_is_reference(s, len) && !value_is_placeholder(s, len);
}

static int is_no_dummy(const char *s, size_t len)
{
	return !value_is_reference(s, len) && !value_is_dummy(s, len);
}

/* A word with a number: falcon42. */
static int is_numbered_word(const char *s, size_t len)
{
	size_t digits = 0;

	for (size_t i = 0; i < len; i++) {
		digits += s[i] >= '0' && s[i] <= '9';
		if (s[i] == ' ')
			return 0;
	}
	return len >= 6 && digits >= 2;
}

/* As a person chooses a password, a poor one too. */
static int is_chosen(const char *s, size_t len)
{
	enum value_kind k = value_judge(s, len);

	if (k == VALUE_WORDS)
		return is_numbered_word(s, len);
	return k == VALUE_CHOSEN || k == VALUE_RANDOM || k == VALUE_SHORT;
}

/* No number, no words. */
static int is_strong(const char *s, size_t len)
{
	enum value_kind k = value_judge(s, len);

	return k == VALUE_CHOSEN || k == VALUE_RANDOM;
}

static int is_random(const char *s, size_t len)
{
	enum value_kind k = value_judge(s, len);

	return k == VALUE_RANDOM ||
	       (k == VALUE_CHOSEN && value_entropy(s, len) >= 2.75);
}

static int is_user_and_password(const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	size_t at;

	if (!colon)
		return 0;
	at = (size_t)(colon + 1 - s);
	return !value_is_reference(s, len) && !value_is_placeholder(s, at - 1) &&
	       is_chosen(s + at, len - at);
}

/* A JSON web token in base64: its first bytes are those of one. */
static int is_jwt_base64(const char *s, size_t len)
{
	char text[512];
	size_t n = token_base64(s, len, (unsigned char *)text, sizeof(text));

	return token_is_jwt(text, n);
}

/*
 * FNV-1a hashes of keys that were published on purpose, in browsers and in the
 * documentation of their makers.
 */
static const uint64_t published[] = {
	0x08b545962adc7d8b,
	0x12113c2e6979f447,
	0x1354c1d4bf369ae5,
	0x294c63f8344d5df1,
	0x29a336c7244f48dd,
	0x515cb771a4238032,
	0x6835e0f288832a40,
	0x6acbd824bd32bbd4,
	0x816cd10fdb11ead0,
	0x828818f833257868,
	0x99b2726346a1e92a,
	0xadbd04e3fe1b6d49,
	0xc73f1e61952e6987,
	0xdb9422f1dd332dcc,
	0xe754678ea2b14ef1,
	0xe7666dbb286c6c2e,
};

static int is_not_published(const char *s, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		if (published[i] == h)
			return 0;
	return 1;
}

static const struct validator validators[] = {
	{ "basic-auth", token_is_basic_auth, 0 },
	{ "chosen", is_chosen, 0 },
	{ "core-dump", is_core, 1 },
	{ "der-private-key", is_der_key, 1 },
	{ "github-checksum", token_checksum, 0 },
	{ "jwt", token_is_jwt, 0 },
	{ "jwt-base64", is_jwt_base64, 0 },
	{ "keystore", is_keystore, 1 },
	{ "literal", is_literal, 0 },
	{ "luhn", token_luhn, 0 },
	{ "not-dummy", is_no_dummy, 0 },
	{ "not-published", is_not_published, 0 },
	{ "not-reference", is_no_reference, 0 },
	{ "npm-checksum", token_checksum, 0 },
	{ "pem-private", pem_is_private_key, 0 },
	{ "pgp-secret", is_pgp_secret, 1 },
	{ "pkcs12", is_pkcs12, 1 },
	{ "pkcs12-key", is_pkcs12_key, 1 },
	{ "random", is_random, 0 },
	{ "sqlite", is_sqlite, 1 },
	{ "strong", is_strong, 0 },
	{ "user-pass", is_user_and_password, 0 },
};

const struct validator *validator_find(const char *name)
{
	for (size_t i = 0; i < sizeof(validators) / sizeof(validators[0]); i++)
		if (!strcmp(validators[i].name, name))
			return &validators[i];
	return NULL;
}
