/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/keywords.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "scan/wordy.h"

#define HASH_BITS 20
#define HEAD_BITS 12
#define GRAM 4
#define FOLD 0x20202020u
#define BLOCK 8			/* places looked at in one step */
#define READ 16			/* bytes that are read for it */
#define WORDS_MAX 60000
#define TRIES 5

/* A gram of a word, in the chain of the first bits of its hash. */
struct gram {
	uint32_t bytes;		/* folded */
	uint32_t next;		/* index + 1 of the next; 0 at the end */
	uint16_t word;
	uint8_t at;		/* of the gram in the word */
};

struct word {
	const char *text;
	uint8_t len;
};

struct keywords {
	uint32_t factor;		/* of the hash */
	int gather;			/* this processor gathers quickly */
	uint32_t bits[1u << (HASH_BITS - 5)];	/* by hash: there is a gram */
	uint32_t heads[1u << HEAD_BITS];	/* index + 1 into grams */
	struct gram *grams;
	size_t ngrams;
	struct word *words;
	char *text;
	size_t n;
};

static uint32_t load(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return w | FOLD;
}

static uint32_t hash(const struct keywords *k, uint32_t folded)
{
	return (folded * k->factor) >> (32 - HASH_BITS);
}

static unsigned is_set(const struct keywords *k, uint32_t h)
{
	return (k->bits[h >> 5] >> (h & 31)) & 1;
}

static uint32_t head_at(const struct keywords *k, uint32_t bytes)
{
	return hash(k, bytes) >> (HASH_BITS - HEAD_BITS);
}

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* What four letters are commonest in code and prose, sorted, without a space. */
static const char common[] =
	"ableactiaddraderalidalloalsealueanceandlangearamargeargsarseatchated"
	"aticatioatorattratusaultbackbasebjecblocboolbreabuffbytecallcasecate"
	"certcesschancharcheccketclascludcodecommcompconfconnconscontcopycore"
	"councripctioctorctrldatadatedefadefidejsdescdevidingduleeadeectiefau"
	"efinegiselseemenenabendienerengtenseenssentientrentsequeeraterroersi"
	"erveeseteturevenevicextefailfalsfaulfferffffffsefielfilefineflagform"
	"freefromfsetfuncgenegistgithgnedgotohandhashheadheckhosthttpieldient"
	"ifieightigneimpoinclindeinfoinitinstinteinuxionsisteiterithuiverject"
	"lagslasslatelenglicelinelinklinulistllocloadlocalocklongludemaskmatc"
	"mbermentmethmmitmodemodumplempornablnamenclunctindexndlenfigngthning"
	"nnelnodenonensignsslnstanterntrontrynullnumbobjeodejoduloffsointommi"
	"onfionstonteontropenoperoptiormaosslountourcpackparapareparspathpdat"
	"pendpensplatpoinportpresprivprotptiopullquesqueurameransratereadreak"
	"reamregirentrequreserespressresureturingriptritermatrrorrsioructscri"
	"selfservsignsingsionsizesourspecstanstarstatsterstorstrestristrusupp"
	"synctabltarttatetatitatuterntesttextthattherthisthubtimetingtiontran"
	"treatrintructruetterttpstureturntypeuestueueuffeumbeunctunsiurceused"
	"uservalivaluventversvicevoidwithwordworkwrit";

static int by_gram(const void *a, const void *b)
{
	return memcmp(a, b, GRAM);
}

static int is_common(const char *gram)
{
	return bsearch(gram, common, sizeof(common) / GRAM, GRAM, by_gram) !=
	       NULL;
}

/* How rarely b follows a in code and prose: the greater the rarer. */
static int rarity(char a, char b)
{
	const char pair[2] = { a, b };
	int surprise = wordy_surprise(pair, 2);

	if (surprise >= 0)
		return surprise;
	if (b == '/')
		return 20;
	if (a == b || a == '-' || b == '-')
		return 50;
	return a == '_' || b == '_' ? 60 : 80;
}

/* The place of the rarest gram in a word; 0 for one that is a gram or less. */
static size_t best_gram(const struct word *w)
{
	size_t best = 0;
	int most = -1;

	for (size_t i = 0; i + GRAM <= w->len; i++) {
		int r = 0;

		for (size_t j = 1; j < GRAM; j++)
			r += rarity(w->text[i + j - 1], w->text[i + j]);
		if (is_common(w->text + i))
			r /= 4;
		if (r > most) {
			most = r;
			best = i;
		}
	}
	return best;
}

static void add_gram(struct keywords *k, uint32_t bytes, size_t word, size_t at)
{
	k->grams[k->ngrams++] = (struct gram){ .bytes = bytes,
					       .word = (uint16_t)word,
					       .at = (uint8_t)at };
}

/* A word of three bytes is entered with every byte that may follow it. */
static void add_short(struct keywords *k, size_t i)
{
	uint8_t g[GRAM];

	memcpy(g, k->words[i].text, GRAM - 1);
	for (int c = 0; c < 256; c++) {
		g[GRAM - 1] = (uint8_t)c;
		if (c & 0x20)
			add_gram(k, load(g), i, 0);
	}
}

static int gather_grams(struct keywords *k)
{
	size_t n = 1;

	for (size_t i = 0; i < k->n; i++)
		n += k->words[i].len < GRAM ? 128 : 1;
	k->grams = malloc(n * sizeof(*k->grams));
	if (!k->grams)
		return -ENOMEM;
	for (size_t i = 0; i < k->n; i++) {
		const struct word *w = &k->words[i];
		size_t at = best_gram(w);

		if (w->len < GRAM)
			add_short(k, i);
		else
			add_gram(k, load((const uint8_t *)w->text + at), i, at);
	}
	return 0;
}

static int copy_words(struct keywords *k, const char *const *words, size_t n,
		      size_t *bad)
{
	size_t total = 1;
	char *p;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		*bad = i;
		if (len < KEYWORD_MIN || len > KEYWORD_MAX || i > WORDS_MAX ||
		    strpbrk(words[i], "\r\n"))
			return -EINVAL;
		total += len;
	}
	k->text = p = malloc(total);
	k->words = calloc(n + 1, sizeof(*k->words));
	if (!p || !k->words)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		k->words[i].text = p;
		k->words[i].len = (uint8_t)strlen(words[i]);
		for (const char *s = words[i]; *s; s++)
			*p++ = fold(*s);
	}
	k->n = n;
	return 0;
}

static void set_bits(struct keywords *k, uint32_t factor)
{
	k->factor = factor;
	memset(k->bits, 0, sizeof(k->bits));
	for (size_t i = 0; i < k->ngrams; i++) {
		uint32_t h = hash(k, k->grams[i].bytes);

		k->bits[h >> 5] |= 1u << (h & 31);
	}
}

/* How many of the commonest grams are taken for those of a word. */
static int count_common(const struct keywords *k)
{
	static const char other[] =
		"00000x00    \t\t\t\t\n\t\t\t;\n\t\t----====****####////"
		"{\n\t\tuct int tic ion  theand 1111, 0xnst elf.his.d\": "
		"\": \"\",\n 00 00, 0\n    = {= {\nif ( if har ned dev-->de"
		"ev->err ret oto ";
	int n = 0;

	for (size_t i = 0; i + GRAM < sizeof(other); i += GRAM)
		n += (int)is_set(k, hash(k, load((const uint8_t *)other + i)));
	for (size_t i = 0; i + GRAM < sizeof(common); i += GRAM)
		n += (int)is_set(k, hash(k, load((const uint8_t *)common + i)));
	return n;
}

/* Of some hashes, the one that tells words best from common text. */
static void choose_hash(struct keywords *k)
{
	uint32_t factor = 0x9e3779b1u, best = factor;
	int least = -1;

	for (int i = 0; i < TRIES && least != 0; i++) {
		int n;

		set_bits(k, factor);
		n = count_common(k);
		if (least < 0 || n < least) {
			least = n;
			best = factor;
		}
		factor = factor * 0x01000193u + 0x9e3779b0u;
		factor |= 1;
	}
	if (k->factor != best)
		set_bits(k, best);
}

static void make_chains(struct keywords *k)
{
	for (size_t i = 0; i < k->ngrams; i++) {
		uint32_t *head = &k->heads[head_at(k, k->grams[i].bytes)];

		k->grams[i].next = *head;
		*head = (uint32_t)i + 1;
	}
}

/*
 * Gathering is quicker where it was built to be; on others it is many times
 * slower since their microcode was mended.
 */
static int has_quick_gather(void)
{
#ifdef __x86_64__
	return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx2");
#else
	return 0;
#endif
}

int keywords_new(struct keywords **out, const char *const *words, size_t n,
		 size_t *bad)
{
	struct keywords *k = calloc(1, sizeof(*k));
	int r = -ENOMEM;

	if (!k)
		return r;
	r = copy_words(k, words, n, bad);
	if (!r)
		r = gather_grams(k);
	if (r) {
		keywords_free(k);
		return r;
	}
	k->gather = has_quick_gather();
	choose_hash(k);
	make_chains(k);
	*out = k;
	return 0;
}

void keywords_free(struct keywords *k)
{
	if (!k)
		return;
	free(k->grams);
	free(k->words);
	free(k->text);
	free(k);
}

void keywords_one_by_one(struct keywords *k)
{
	k->gather = 0;
}

size_t keyword_len(const struct keywords *k, uint32_t word)
{
	return k->words[word].len;
}

static int same(const char *word, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (fold((char)p[i]) != word[i])
			return 0;
	return 1;
}

/* All words whose gram lies at buf[at]. */
static size_t check(const struct keywords *k, const uint8_t *buf, size_t len,
		    size_t at, uint32_t bytes, struct keyword_hit *hits)
{
	uint32_t next = k->heads[head_at(k, bytes)];
	size_t n = 0;

	while (next) {
		const struct gram *g = &k->grams[next - 1];
		const struct word *w = &k->words[g->word];
		size_t off = at - g->at;

		next = g->next;
		if (g->bytes != bytes || g->at > at || off + w->len > len ||
		    !same(w->text, buf + off, w->len))
			continue;
		hits[n].off = off;
		hits[n++].word = g->word;
	}
	return n;
}

/* A bit for each of BLOCK places whose gram may be of a word. */
static unsigned filter(const struct keywords *k, const uint8_t *p)
{
	unsigned found = 0;

#pragma GCC unroll 8
	for (int i = 0; i < BLOCK; i++)
		found |= is_set(k, hash(k, load(p + i))) << i;
	return found;
}

#ifdef __x86_64__
/* The same with all places at once; 16 bytes are read. */
__attribute__((target("avx2")))
static unsigned filter_avx2(const struct keywords *k, const uint8_t *p)
{
	const __m256i places = _mm256_setr_epi8(
		0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6,
		4, 5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
	__m128i text = _mm_loadu_si128((const __m128i *)p);
	__m256i h, bits;

	h = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(text), places);
	h = _mm256_or_si256(h, _mm256_set1_epi32(FOLD));
	h = _mm256_mullo_epi32(h, _mm256_set1_epi32((int)k->factor));
	h = _mm256_srli_epi32(h, 32 - HASH_BITS);
	bits = _mm256_i32gather_epi32((const int *)k->bits,
				      _mm256_srli_epi32(h, 5), 4);
	bits = _mm256_sllv_epi32(bits, _mm256_andnot_si256(h,
						_mm256_set1_epi32(31)));
	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(bits));
}

__attribute__((target("avx2")))
static size_t skip_avx2(const struct keywords *k, const uint8_t *b, size_t p,
			size_t end, unsigned *found)
{
	while (p < end && !(*found = filter_avx2(k, b + p)))
		p += BLOCK;
	return p;
}
#endif

/* From p on to a block with a gram, or to end; *found has its bits. */
static size_t skip(const struct keywords *k, const uint8_t *b, size_t p,
		   size_t end, unsigned *found)
{
	*found = 0;
#ifdef __x86_64__
	if (k->gather)
		return skip_avx2(k, b, p, end, found);
#endif
	while (p < end && !(*found = filter(k, b + p)))
		p += BLOCK;
	return p;
}

/* The last bytes, where a whole gram may reach over the end. */
static size_t find_tail(const struct keywords *k, const uint8_t *buf,
			size_t len, size_t *pos, struct keyword_hit *hits,
			size_t max)
{
	size_t n = 0;

	while (*pos < len && n + k->n <= max) {
		uint8_t g[GRAM] = { 0 };
		size_t left = len - *pos;
		uint32_t bytes;

		memcpy(g, buf + *pos, left < GRAM ? left : GRAM);
		bytes = load(g);
		if (is_set(k, hash(k, bytes)))
			n += check(k, buf, len, *pos, bytes, hits + n);
		++*pos;
	}
	return n;
}

size_t keywords_find(const struct keywords *k, const void *buf, size_t len,
		     size_t *pos, struct keyword_hit *hits, size_t max)
{
	const uint8_t *b = buf;
	size_t n = 0, p = *pos, end = len > READ ? len - READ : 0;
	unsigned found;

	while (p < end) {
		p = skip(k, b, p, end, &found);
		for (; found; found &= found - 1) {
			size_t at = p + (size_t)__builtin_ctz(found);

			if (n + k->n > max) {
				*pos = at;
				return n;
			}
			n += check(k, b, len, at, load(b + at), hits + n);
		}
		p += p < end ? BLOCK : 0;
	}
	*pos = p;
	return n + find_tail(k, b, len, pos, hits + n, max - n);
}
