/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/name.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define WORDS 16

struct words {
	struct {
		const char *s;
		size_t len;
	} at[WORDS];
	size_t n;
};

struct tail {
	size_t len;
	const char *text;
};

#define TAIL(text) { sizeof(text) - 1, text }

static const char *const passwords[] = {
	"password", "passwd", "pwd", "passphrase", "passwort", "passcode",
	"pass", "pw", "psk", "userpass", "userpwd", "pswd", "passw", "wachtwoord",
	"motdepasse", "contrasena", "senha", "kennwort", "passwords", "passe",
	"losenord", "adgangskode", "parola", "heslo", "haslo", "jelszo",
	"contraseña", "lösenord", "hasło", "şifre", "пароль", "密码", "密碼",
	"パスワード", "비밀번호", NULL
};

/* Glued to whatever comes before: dbpassword. */
static const struct tail password_tails[] = {
	TAIL("password"), TAIL("passwd"), TAIL("passphrase"), TAIL("userpass"),
	TAIL("dbpass"), TAIL("sqlpass"), TAIL("rootpass"), TAIL("adminpass"),
	TAIL("mailpass"), TAIL("smtppass"), TAIL("ftppass"), TAIL("pgpass"),
	TAIL("sshpass"), TAIL("dbpwd"), TAIL("userpwd"), TAIL("rootpwd"),
	TAIL("rootpw"), TAIL("bindpw"), TAIL("adminpw"), TAIL("dbpw"),
	TAIL("userpw"), { 0 }
};

static const char *const secrets[] = {
	"secret", "token", "apikey", "credential", "credentials", "jwt",
	"bearer", "authtoken", "authkey", "accesskey", "secretkey",
	"privatekey", "accesstoken", "refreshtoken", "clientsecret",
	"appsecret", "apisecret", "apitoken", "masterkey", "pat", "creds",
	"encryptionkey", "signingkey", "sessionkey", "salt", "appkey", "skey",
	"licensekey", "authorization", "sas", "cred", "deploykey", "secrets",
	"authsalt", "passkey", "otp", "totp", "hmac", "pepper", NULL
};

static const struct tail secret_tails[] = {
	TAIL("secret"), TAIL("token"), TAIL("apikey"), TAIL("secretkey"),
	TAIL("authkey"), TAIL("accesskey"), TAIL("privatekey"),
	TAIL("authsalt"), { 0 }
};

/* Words before "key" that make it a secret. */
static const char *const key_kinds[] = {
	"api", "auth", "access", "secret", "private", "signing", "sign",
	"encryption", "encrypt", "encrypted", "crypt", "crypto", "cipher",
	"master", "session", "service", "account", "shared", "app",
	"application", "consumer", "client", "license", "licence", "deploy",
	"developer", "subscription", "admin", "jwt", "hmac", "aes", "rsa",
	"cookie", "csrf", "ssh", "server", "storage", "webhook", "security",
	"secure", "root", "user", "read", "write", "ingest", "ingestion",
	"instrumentation", "partner", "merchant", "bot", "integration",
	"functions", "host", "connection", "publish", "push", "management",
	"stripe", "openai", "maps", "google", "aws", "azure", "sendgrid",
	"mailgun", "twilio", "datadog", "algolia", "sentry", NULL
};

/* Words before "key" that make it a public one. */
static const char *const shown_kinds[] = {
	"verification", "verify", "verifying", "verifier", "recipient", NULL
};

/* Words before "auth" after which it names a way, or says whether. */
static const char *const auth_ways[] = {
	"basic", "digest", "http", "https", "proxy", "client", "server", "user",
	"smtp", "imap", "pop3", "ldap", "sasl", "require", "requires",
	"required", "use", "uses", "using", "no", "is", "has", "enable",
	"default", "factor", "2", "skip", "disable", "with",
	"allow", "on", "pre", "post", "force", "host", "local", "external",
	"mutual", "ssl", "tls", "ssh", "kerberos", "pam", "mod", "pubkey",
	"before", "after", "last", "next", "to", "from", "needs", "check",
	"key", "keys", "security", "win", "api", "test", "web", "cert", NULL
};

static const char *const not_keys[] = { "monkey", "turkey", "donkey", "hockey",
					"jockey", "whiskey", "hotkey", "lackey", "sitekey", "pubkey",
					"publickey",
					NULL };

/* After the telling word, without weight. */
static const char *const tails[] = {
	"base64", "b64", "value", "val", "str", "string", "default", "plain",
	"plaintext", "prod", "production", "dev", "development", "staging",
	"stage", "test", "testing", "live", "old", "new", "local", "env", "raw",
	"qa", "uat", "primary", "secondary", "main", "backup", "encoded",
	"hex", "v", "data", "literal", "const", "constant", "override", "1",
	"sandbox", "dsn", "text", "content", "contents", "var", NULL
};

/* With one of these anywhere the value is not a secret, whatever follows. */
static const char *const harmless[] = {
	"authenticity", "public", "pub", "publishable", "primary", "foreign", "csrf", "xsrf",
	"label", "placeholder", "reset", "forgot", "hint", "regex", "pattern",
	"validator", "validate", "validation", "confirm", "required",
	"policy", "min", "max", "length", "len", "size", "count", "limit",
	"field", "column", "prompt", "message", "msg", "error", "title",
	"description", "desc", "url", "uri", "endpoint", "path", "file",
	"filename", "dir", "directory", "folder", "type", "class", "name",
	"format", "algorithm", "alg", "ttl", "expiry", "expires", "expire",
	"expiration", "lifetime", "timeout", "fingerprint", "thumbprint",
	"digest", "checksum", "keyword", "keywords", "index", "ref",
	"arn", "alias", "event", "pressed", "code", "provider", "factory",
	"manager", "handler", "scheme", "mode", "method", "enabled",
	"disabled", "status", "state", "version", "usage", "location",
	"pagination", "continuation", "nextpage", "cursor", "sync", "resume",
	"cache", "sort", "partition", "translation", "i18n", "locale",
	"css", "syntax", "parser", "lexer", "strength",
	"issuer", "hash", "hashed", "hashes", "selector", "input", "button",
	"form", "fips", "help", "doc", "docs", "id", "ids", "uuid", "guid", "header",
	"separator", "delimiter", "prefix", "suffix", "object", "bucket", "row",
	"page", "vault", "store", "websocket", "keystore", "ring", "pair", "group", "set",
	"list", "map", "table", "schema", "sequence", "property", "attribute",
	"down", "up", "idx", "no", "number", "num",
	"tls", "cert", "certificate", "ca", "sha", "sha1", "sha2", "sha256",
	"sha512", "md5", "address", "site", "sitekey", NULL
};

/* As the last word: what is never a token, whoever's it is. */
static const char *const plain[] = {
	"id", "ids", "hash", "url", "uri", "path", "file", "filename", "name",
	"sha", "sha1", "sha256", "md5", "digest", "checksum", "commit",
	"revision", "rev", "version", "table", "email", "user", "username",
	"region", "endpoint", "host", "port", "integrity", "etag", "uuid",
	"guid", "signature", "fingerprint", "color", "image", "tag", NULL
};

/* Before "token": it tells pages and requests apart, and opens nothing. */
static const char *const bookmarks[] = {
	"next", "prev", "previous", "page", "paging", "change", "lock",
	"continue", "idempotency", "idempotent", "action", "export", "import",
	"unit", "start", "starting", "output", "input", "unexpected", "expected",
	NULL
};

static char low(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* word is in small letters; the loop is left at the first letter, mostly. */
static int is_word(const char *word, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (word[i] != low(s[i]))
			return 0;
	return !word[len];
}

static int is_in(const char *const *list, const char *s, size_t len)
{
	for (; *list; list++)
		if (is_word(*list, s, len))
			return 1;
	return 0;
}

static int ends_in(const struct tail *list, const char *s, size_t len)
{
	char last = low(s[len - 1]);

	for (; list->len; list++)
		if (len >= list->len && list->text[list->len - 1] == last &&
		    is_word(list->text, s + len - list->len, list->len))
			return 1;
	return 0;
}

/* Of letters beyond ASCII nobody asks for their case. */
static int is_small(char c)
{
	return islower((unsigned char)c) || c & 0x80;
}

/* Where the word that begins at s[0] ends. */
static size_t word_length(const char *s, size_t len)
{
	size_t n = 1;

	if (isdigit((unsigned char)s[0])) {
		while (n < len && isdigit((unsigned char)s[n]))
			n++;
		return n;
	}
	while (n < len && isupper((unsigned char)s[n - 1]) &&
	       isupper((unsigned char)s[n]))
		n++;
	/* XMLKey: the last capital belongs to the next word. */
	if (n > 1 && n < len && is_small(s[n]))
		return n - 1;
	while (n < len && is_small(s[n]))
		n++;
	return n;
}

static void split(const char *s, size_t len, struct words *w)
{
	w->n = 0;
	for (size_t i = 0; i < len;) {
		size_t n;

		if (!isalnum((unsigned char)s[i]) && !(s[i] & 0x80)) {
			i++;
			continue;
		}
		n = word_length(s + i, len - i);
		if (w->n == WORDS) {
			memmove(w->at, w->at + 1, sizeof(w->at[0]) * (WORDS - 1));
			w->n--;
		}
		w->at[w->n].s = s + i;
		w->at[w->n++].len = n;
		i += n;
	}
}

static int is_auth(const struct words *w, size_t i)
{
	return w->at[i].len == 4 && is_word("auth", w->at[i].s, 4);
}

/* NPM_AUTH is what opens npm; basic_auth is a way of opening. */
static enum name_class classify_auth(const struct words *w, size_t i)
{
	return i && !is_in(auth_ways, w->at[i - 1].s, w->at[i - 1].len) ?
		NAME_SECRET : NAME_OTHER;
}

static enum name_class classify_word(const struct words *w, size_t i)
{
	const char *s = w->at[i].s;
	size_t len = w->at[i].len;

	if (is_in(passwords, s, len) || ends_in(password_tails, s, len))
		return NAME_PASSWORD;
	if (is_in(secrets, s, len) || ends_in(secret_tails, s, len))
		return NAME_SECRET;
	if (is_auth(w, i))
		return classify_auth(w, i);
	if (len < 3 || strncasecmp(s + len - 3, "key", 3) ||
	    is_in(not_keys, s, len) ||
	    (i && is_in(shown_kinds, w->at[i - 1].s, w->at[i - 1].len)))
		return NAME_OTHER;
	if (len == 3 && i && is_in(key_kinds, w->at[i - 1].s, w->at[i - 1].len))
		return NAME_SECRET;
	return NAME_KEY;
}

/* nextToken, ClientRequestToken, lock_token. */
static int is_bookmark(const struct words *w, size_t i)
{
	static const char *const token[] = { "token", "tokens", NULL };
	static const char *const client[] = { "client", NULL };
	static const char *const request[] = { "request", NULL };

	if (!i || !is_in(token, w->at[i].s, w->at[i].len))
		return 0;
	if (is_in(bookmarks, w->at[i - 1].s, w->at[i - 1].len))
		return 1;
	return i > 1 && is_in(request, w->at[i - 1].s, w->at[i - 1].len) &&
	       is_in(client, w->at[i - 2].s, w->at[i - 2].len);
}

/* setClientSecret sets one. */
static int is_setter(const struct words *w, size_t i, size_t last)
{
	return i + 1 < last && w->at[i].len == 3 &&
	       !strncasecmp(w->at[i].s, "set", 3);
}

/* A digit, or a word that tells but a place. */
static int is_tail(const struct words *w, size_t i)
{
	return isdigit((unsigned char)w->at[i].s[0]) ||
	       is_in(tails, w->at[i].s, w->at[i].len);
}

enum name_class name_classify(const char *name, size_t len)
{
	struct words w;
	enum name_class c;
	size_t last;

	split(name, len, &w);
	for (last = w.n; last > 1 && is_tail(&w, last - 1);)
		last--;
	if (!last || is_bookmark(&w, last - 1))
		return NAME_OTHER;
	c = classify_word(&w, last - 1);
	for (size_t i = 0; i < w.n; i++)
		if (i + 1 != last && (c != NAME_PASSWORD || i + 1 > last ||
				      c == NAME_OTHER) &&
		    !is_setter(&w, i, last) &&
		    is_in(harmless, w.at[i].s, w.at[i].len))
			return NAME_OTHER;
	if (c != NAME_OTHER)
		return c;
	if (is_in(harmless, w.at[last - 1].s, w.at[last - 1].len))
		return NAME_OTHER;
	for (size_t i = last - 1; i; i--) {
		c = classify_word(&w, i - 1);
		if ((c == NAME_SECRET || c == NAME_PASSWORD) &&
		    !is_auth(&w, i - 1))
			return NAME_VAGUE;
	}
	return NAME_OTHER;
}

int name_is_plain(const char *name, size_t len)
{
	struct words w;

	split(name, len, &w);
	return w.n && is_in(plain, w.at[w.n - 1].s, w.at[w.n - 1].len);
}

int name_has_vendor(const char *name, size_t len, size_t at, size_t n)
{
	const char *p = name + at, *end = name + len;

	if (at && isalpha((unsigned char)p[-1]) &&
	    !(isupper((unsigned char)p[0]) && islower((unsigned char)p[-1])))
		return 0;
	return n >= 5 || p + n >= end || !isalpha((unsigned char)p[n - 1]) ||
	       !islower((unsigned char)p[n]);
}
