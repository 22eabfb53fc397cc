/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/fold_letters.h"
#include "util/esc.h"

struct range {
	unsigned first, last;
};

/* Unicode's Default_Ignorable_Code_Point, and the combining diacritics. */
static const struct range ignored[] = {
	{ 0x00AD, 0x00AD }, { 0x0300, 0x036F }, { 0x061C, 0x061C },
	{ 0x115F, 0x1160 }, { 0x17B4, 0x17B5 }, { 0x180B, 0x180F },
	{ 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x200B, 0x200F },
	{ 0x202A, 0x202E }, { 0x2060, 0x206F }, { 0x20D0, 0x20FF },
	{ 0x3099, 0x309A }, { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F },
	{ 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFF8 },
	{ 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
};

/*
 * What becomes ASCII: a run of characters, and the text of its first. The next
 * ones have the same text (step 0), the next letter each (11), or the next
 * letter every second time (12).
 */
struct run {
	unsigned first, last;
	int step;
	char text[4];
};

static const struct run ascii[] = {
	{ 0x00A0, 0x00A0, 0, " " }, { 0x00AA, 0x00AA, 0, "a" },
	{ 0x00B2, 0x00B3, 11, "2" }, { 0x00B9, 0x00B9, 0, "1" },
	{ 0x00BA, 0x00BA, 0, "o" }, { 0x00C0, 0x00C5, 0, "a" },
	{ 0x00C7, 0x00C7, 0, "c" }, { 0x00C8, 0x00CB, 0, "e" },
	{ 0x00CC, 0x00CF, 0, "i" }, { 0x00D1, 0x00D2, 11, "n" },
	{ 0x00D3, 0x00D6, 0, "o" }, { 0x00D9, 0x00DC, 0, "u" },
	{ 0x00DD, 0x00DD, 0, "y" }, { 0x00DF, 0x00DF, 0, "ss" },
	{ 0x00E0, 0x00E5, 0, "a" }, { 0x00E7, 0x00E7, 0, "c" },
	{ 0x00E8, 0x00EB, 0, "e" }, { 0x00EC, 0x00EF, 0, "i" },
	{ 0x00F1, 0x00F2, 11, "n" }, { 0x00F3, 0x00F6, 0, "o" },
	{ 0x00F9, 0x00FC, 0, "u" }, { 0x00FD, 0x00FD, 0, "y" },
	{ 0x00FF, 0x00FF, 0, "y" }, { 0x0100, 0x0105, 0, "a" },
	{ 0x0106, 0x010D, 0, "c" }, { 0x010E, 0x010F, 0, "d" },
	{ 0x0112, 0x011B, 0, "e" }, { 0x011C, 0x0123, 0, "g" },
	{ 0x0124, 0x0125, 0, "h" }, { 0x0128, 0x0130, 0, "i" },
	{ 0x0132, 0x0132, 0, "ij" }, { 0x0133, 0x0133, 0, "ij" },
	{ 0x0134, 0x0137, 12, "j" }, { 0x0139, 0x013E, 0, "l" },
	{ 0x0143, 0x0148, 0, "n" }, { 0x014C, 0x0151, 0, "o" },
	{ 0x0154, 0x0159, 0, "r" }, { 0x015A, 0x0161, 0, "s" },
	{ 0x0162, 0x0165, 0, "t" }, { 0x0168, 0x0173, 0, "u" },
	{ 0x0174, 0x0175, 0, "w" }, { 0x0176, 0x0178, 0, "y" },
	{ 0x0179, 0x017E, 0, "z" }, { 0x017F, 0x017F, 0, "s" },
	{ 0x01D3, 0x01DC, 0, "u" }, { 0x01DE, 0x01E1, 0, "a" },
	{ 0x01EA, 0x01ED, 0, "o" }, { 0x0200, 0x0203, 0, "a" },
	{ 0x0204, 0x0207, 0, "e" }, { 0x0208, 0x020B, 0, "i" },
	{ 0x020C, 0x020F, 0, "o" }, { 0x0210, 0x0213, 0, "r" },
	{ 0x0214, 0x0217, 0, "u" }, { 0x0218, 0x021B, 12, "s" },
	{ 0x022A, 0x0231, 0, "o" }, { 0x037E, 0x037E, 0, ";" },
	{ 0x1D33, 0x1D3A, 11, "g" },
	{ 0x1E00, 0x1E03, 12, "a" }, { 0x1E04, 0x1E07, 0, "b" },
	{ 0x1E08, 0x1E0B, 12, "c" }, { 0x1E0C, 0x1E13, 0, "d" },
	{ 0x1E14, 0x1E1D, 0, "e" }, { 0x1E1E, 0x1E23, 12, "f" },
	{ 0x1E24, 0x1E2B, 0, "h" }, { 0x1E2C, 0x1E2F, 0, "i" },
	{ 0x1E30, 0x1E35, 0, "k" }, { 0x1E36, 0x1E3D, 0, "l" },
	{ 0x1E3E, 0x1E43, 0, "m" }, { 0x1E44, 0x1E4B, 0, "n" },
	{ 0x1E4C, 0x1E53, 0, "o" }, { 0x1E54, 0x1E57, 0, "p" },
	{ 0x1E58, 0x1E5F, 0, "r" }, { 0x1E60, 0x1E69, 0, "s" },
	{ 0x1E6A, 0x1E71, 0, "t" }, { 0x1E72, 0x1E7B, 0, "u" },
	{ 0x1E7C, 0x1E7F, 0, "v" }, { 0x1E80, 0x1E89, 0, "w" },
	{ 0x1E8A, 0x1E8D, 0, "x" }, { 0x1E8E, 0x1E91, 12, "y" },
	{ 0x1E92, 0x1E95, 0, "z" }, { 0x1E96, 0x1E96, 0, "h" },
	{ 0x1E97, 0x1E97, 0, "t" }, { 0x1E98, 0x1E98, 0, "w" },
	{ 0x1E99, 0x1E99, 0, "y" }, { 0x1E9B, 0x1E9B, 0, "s" },
	{ 0x1E9E, 0x1E9E, 0, "ss" }, { 0x1EA0, 0x1EB7, 0, "a" },
	{ 0x1EB8, 0x1EC7, 0, "e" }, { 0x1EC8, 0x1ECB, 0, "i" },
	{ 0x1ECC, 0x1EE3, 0, "o" }, { 0x1EE4, 0x1EF1, 0, "u" },
	{ 0x1EF2, 0x1EF9, 0, "y" }, { 0x1FEF, 0x1FEF, 0, "`" },
	{ 0x2024, 0x2024, 0, "." },
	{ 0x2025, 0x2025, 0, ".." }, { 0x2026, 0x2026, 0, "..." },
	{ 0x2074, 0x2079, 11, "4" }, { 0x2080, 0x2089, 11, "0" },
	{ 0x2096, 0x2099, 11, "k" }, { 0x2100, 0x2100, 0, "a/c" },
	{ 0x2101, 0x2101, 0, "a/s" }, { 0x2102, 0x2102, 0, "c" },
	{ 0x2105, 0x2105, 0, "c/o" }, { 0x2106, 0x2106, 0, "c/u" },
	{ 0x210A, 0x210B, 11, "g" }, { 0x210C, 0x210E, 0, "h" },
	{ 0x2110, 0x2111, 0, "i" }, { 0x2112, 0x2113, 0, "l" },
	{ 0x2115, 0x2115, 0, "n" }, { 0x2116, 0x2116, 0, "no" },
	{ 0x2119, 0x211B, 11, "p" }, { 0x211C, 0x211D, 0, "r" },
	{ 0x2120, 0x2120, 0, "sm" }, { 0x2121, 0x2121, 0, "tel" },
	{ 0x2122, 0x2122, 0, "tm" }, { 0x2124, 0x2124, 0, "z" },
	{ 0x2128, 0x2128, 0, "z" }, { 0x212A, 0x212A, 0, "k" },
	{ 0x212B, 0x212D, 11, "a" }, { 0x212F, 0x2131, 12, "e" },
	{ 0x2133, 0x2133, 0, "m" }, { 0x2134, 0x2134, 0, "o" },
	{ 0x2139, 0x2139, 0, "i" }, { 0x213B, 0x213B, 0, "fax" },
	{ 0x2145, 0x2147, 12, "d" }, { 0x2148, 0x2149, 11, "i" },
	{ 0x2460, 0x2468, 11, "1" }, { 0x24B6, 0x24CF, 11, "a" },
	{ 0x24D0, 0x24E9, 11, "a" }, { 0xFB00, 0xFB00, 0, "ff" },
	{ 0xFB01, 0xFB01, 0, "fi" }, { 0xFB02, 0xFB02, 0, "fl" },
	{ 0xFB03, 0xFB03, 0, "ffi" }, { 0xFB04, 0xFB04, 0, "ffl" },
	{ 0xFB05, 0xFB05, 0, "st" }, { 0xFB06, 0xFB06, 0, "st" },
	{ 0xFF01, 0xFF20, 11, "!" }, { 0xFF21, 0xFF3A, 11, "a" },
	{ 0xFF3B, 0xFF5E, 11, "[" }, { 0x1D400, 0x1D419, 11, "a" },
	{ 0x1D41A, 0x1D433, 11, "a" }, { 0x1D434, 0x1D44D, 11, "a" },
	{ 0x1D44E, 0x1D454, 11, "a" }, { 0x1D456, 0x1D467, 11, "i" },
	{ 0x1D468, 0x1D481, 11, "a" }, { 0x1D482, 0x1D49B, 11, "a" },
	{ 0x1D4A9, 0x1D4AC, 11, "n" }, { 0x1D4AE, 0x1D4B5, 11, "s" },
	{ 0x1D4B6, 0x1D4B9, 11, "a" }, { 0x1D4BD, 0x1D4C3, 11, "h" },
	{ 0x1D4C5, 0x1D4CF, 11, "p" }, { 0x1D4D0, 0x1D4E9, 11, "a" },
	{ 0x1D4EA, 0x1D503, 11, "a" }, { 0x1D507, 0x1D50A, 11, "d" },
	{ 0x1D50D, 0x1D514, 11, "j" }, { 0x1D516, 0x1D51C, 11, "s" },
	{ 0x1D51E, 0x1D537, 11, "a" }, { 0x1D53B, 0x1D53E, 11, "d" },
	{ 0x1D540, 0x1D544, 11, "i" }, { 0x1D54A, 0x1D550, 11, "s" },
	{ 0x1D552, 0x1D56B, 11, "a" }, { 0x1D56C, 0x1D585, 11, "a" },
	{ 0x1D586, 0x1D59F, 11, "a" }, { 0x1D5A0, 0x1D5B9, 11, "a" },
	{ 0x1D5BA, 0x1D5D3, 11, "a" }, { 0x1D5D4, 0x1D5ED, 11, "a" },
	{ 0x1D5EE, 0x1D607, 11, "a" }, { 0x1D608, 0x1D621, 11, "a" },
	{ 0x1D622, 0x1D63B, 11, "a" }, { 0x1D63C, 0x1D655, 11, "a" },
	{ 0x1D656, 0x1D66F, 11, "a" }, { 0x1D670, 0x1D689, 11, "a" },
	{ 0x1D68A, 0x1D6A3, 11, "a" }, { 0x1D7CE, 0x1D7D7, 11, "0" },
	{ 0x1D7D8, 0x1D7E1, 11, "0" }, { 0x1D7E2, 0x1D7EB, 11, "0" },
	{ 0x1D7EC, 0x1D7F5, 11, "0" }, { 0x1D7F6, 0x1D7FF, 11, "0" },
	{ 0x1F130, 0x1F149, 11, "a" }, { 0x1FBF0, 0x1FBF9, 11, "0" },
};

/* The other letters with case: first, last, distance to the lower case. */
static const struct {
	unsigned first, last;
	int add;
	int pairs;	/* upper and lower take turns: only the even change */
} cased[] = {
	{ 0x00C0, 0x00DE, 32, 0 },   { 0x0391, 0x03A9, 32, 0 },
	{ 0x0400, 0x040F, 80, 0 },   { 0x0410, 0x042F, 32, 0 },
	{ 0x0460, 0x0481, 1, 1 },    { 0x048A, 0x04BF, 1, 1 },
	{ 0x04D0, 0x052F, 1, 1 },    { 0x0531, 0x0556, 48, 0 },
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static int is_ignored(unsigned cp)
{
	for (size_t i = 0; i < LENGTH(ignored); i++)
		if (cp >= ignored[i].first && cp <= ignored[i].last)
			return 1;
	return 0;
}

static const struct run *find_run(unsigned cp)
{
	size_t lo = 0, hi = LENGTH(ascii);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp > ascii[mid].last)
			lo = mid + 1;
		else if (cp < ascii[mid].first)
			hi = mid;
		else
			return &ascii[mid];
	}
	return NULL;
}

static size_t put_utf8(unsigned cp, char out[4])
{
	static const unsigned lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		out[i] = (char)(0x80 | (cp & 0x3F));
	out[0] = (char)(n == 1 ? cp : lead[n] | cp);
	return n;
}

static size_t fold_cp(unsigned cp, char out[4])
{
	const struct run *run;
	size_t n;

	if (is_ignored(cp))
		return 0;
	run = find_run(cp);
	if (run) {
		n = strlen(run->text);
		memcpy(out, run->text, n);
		if (run->step)
			out[0] = (char)(out[0] + (int)(cp - run->first) /
						 (run->step - 10));
		return n;
	}
	for (size_t i = 0; i < LENGTH(cased); i++)
		if (cp >= cased[i].first && cp <= cased[i].last &&
		    !(cased[i].pairs && cp & 1))
			return put_utf8(fold_letter(cp + (unsigned)cased[i].add),
					out);
	return put_utf8(fold_letter(cp), out);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

size_t fold_char(const char *s, size_t len, char out[4], size_t *n)
{
	unsigned cp;
	size_t used;

	used = (signed char)*s < 0 ? esc_utf8(s, len, &cp) : 0;
	if (!used) {
		out[0] = lower(*s);
		*n = 1;
		return 1;
	}
	*n = fold_cp(cp, out);
	return used;
}

size_t fold_trim(const char *s, size_t len)
{
	static const char stream[] = ":$data";
	const char *colon;

	if (len > sizeof(stream) - 1 &&
	    !memcmp(s + len - (sizeof(stream) - 1), stream, sizeof(stream) - 1)) {
		colon = memchr(s, ':', len);
		if (colon > s)
			len = (size_t)(colon - s);
	}
	while (len > 1 && (s[len - 1] == '.' || s[len - 1] == ' '))
		len--;
	return len;
}

static int make_room(struct folded *f, const char *path, size_t len)
{
	size_t parts = 1;

	f->s = f->small;
	f->part = f->few;
	f->len = f->n = 0;
	if (len > FOLD_SMALL)
		f->s = malloc(len);
	if (len / 2 >= FOLD_DEPTH) {
		for (size_t i = 0; i < len; i++)
			parts += path[i] == '/';
		if (parts > FOLD_DEPTH)
			f->part = malloc(parts * sizeof(*f->part));
	}
	return f->s && f->part ? 0 : -ENOMEM;
}

static void end_part(struct folded *f, size_t start)
{
	f->len = start + fold_trim(f->s + start, f->len - start);
	f->part[f->n].s = f->s + start;
	f->part[f->n++].len = f->len - start;
}

/* No folded form is longer than its source, so f->s is always long enough. */
int fold_path(struct folded *f, const char *path, size_t len)
{
	size_t start = 0, n;
	char out[4];

	if (make_room(f, path, len)) {
		fold_release(f);
		return -ENOMEM;
	}
	for (size_t i = 0; i < len;) {
		if (path[i] == '/') {
			end_part(f, start);
			f->s[f->len++] = '/';
			start = f->len;
			i++;
		} else if ((signed char)path[i] >= 0) {
			f->s[f->len++] = lower(path[i++]);
		} else {
			i += fold_char(path + i, len - i, out, &n);
			memcpy(f->s + f->len, out, n);
			f->len += n;
		}
	}
	if (len)
		end_part(f, start);
	return 0;
}

void fold_release(struct folded *f)
{
	if (f->s != f->small)
		free(f->s);
	if (f->part != f->few)
		free(f->part);
	f->s = f->small;
	f->part = f->few;
}
