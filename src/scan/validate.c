/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/validate.h"

#include <string.h>

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

static const struct validator validators[] = {
	{ "core-dump", is_core, 1 },
	{ "der-private-key", is_der_key, 1 },
	{ "keystore", is_keystore, 1 },
	{ "pgp-secret", is_pgp_secret, 1 },
	{ "pkcs12", is_pkcs12, 1 },
	{ "sqlite", is_sqlite, 1 },
};

const struct validator *validator_find(const char *name)
{
	for (size_t i = 0; i < sizeof(validators) / sizeof(validators[0]); i++)
		if (!strcmp(validators[i].name, name))
			return &validators[i];
	return NULL;
}
