/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_MASK_MAKE_H
#define SCAN_MASK_MAKE_H

#include "scan/mask.h"
#include "scan/scan.h"
#include "util/digest.h"

/*
 * From places of secrets to masks. Private to the masks.
 *
 * Places may overlap and come in any order: place_list_settle brings them in
 * order and joins what overlaps or touches.
 */
struct place {
	off_t off;
	size_t len;
	int width;		/* bytes per character: 1, 2 (UTF-16), 4 (UTF-32) */
	const struct rule *rule;
	const char *copy_of;	/* as in struct mask_span */
};

struct place_list {
	struct place *at;
	size_t n, cap;
};

/* What is masked of one file is bounded: more is -EFBIG. */
#define PLACES_MAX 20000
#define PLACES_BYTES_MAX (8u << 20)

int place_add(struct place_list *l, const struct place *p);
int place_list_settle(struct place_list *l);
void place_list_release(struct place_list *l);

/*
 * Adds the places where what is at those of l (settled) stands once more, for
 * secrets of MASK_MIN characters or more in a file of up to 64 MiB.
 */
int mask_twins(struct place_list *l, int fd, size_t size);

/* A file in pieces, each with the end of the one before; holes are passed over. */
struct mask_piece {
	const char *s;
	size_t len;
	off_t off;
};

typedef int (*mask_piece_fn)(void *payload, const struct mask_piece *p);

/* fd's offset stays. What fn returns if that is not 0, or a negative errno. */
int mask_pieces(int fd, off_t size, mask_piece_fn fn, void *payload);

/* What is looked for a second time, and where to. */
struct mask_look {
	struct place_list *out;
	struct scan *scan;
	const char *origin;
	enum confidence least;
	int fd;
};

/*
 * Adds what the rules of high confidence find in text of UTF-16 within a file of
 * another encoding, and the other way round: of each piece in turn. look is
 * borrowed. NULL, or a negative errno as mask_judge.
 */
struct mask_mixed *mask_mixed_new(const struct mask_look *look, off_t size);
int mask_mixed_piece(struct mask_mixed *m, const struct mask_piece *p);
void mask_mixed_free(struct mask_mixed *m);

/*
 * The same with what the rules find in the file as it would be written plainly:
 * without escapes, out of base64... (mask_rewrite.h). The last does it for values
 * that mask_values finds, of a text in memory.
 */
struct mask_plain *mask_plain_new(const struct mask_look *look);
int mask_plain_piece(struct mask_plain *p, const struct mask_piece *piece);
void mask_plain_free(struct mask_plain *p);
int mask_plain_values(struct place_list *l, const struct rule *rule,
		      const char *origin, const char *s, size_t len);

/*
 * Appends the masks of the secret of len bytes at s, which begins at byte off
 * of the file, line by line. d is keyed with the session's key.
 */
int mask_make(struct mask_list *out, struct digest *d, const char *origin,
	      const char *s, const struct place *p);

/* 1 where a span's text begins with MASK_MARK, so that it can be found. */
int mask_is_marked(const struct mask_span *m);
/* 1 where it does in UTF-16 or UTF-32. */
int mask_is_wide(const struct mask_span *m);
/* 1 where it is filled with one character instead. */
int mask_is_filled(const struct mask_span *m);

/*
 * The values of a file in memory: of a dotenv all of them, of another file those
 * that stand beside a telling name. Offsets are added to off.
 */
int mask_dotenv(struct place_list *out, const struct rule *rule,
		const char *s, size_t len);
int mask_values(struct place_list *out, const struct rule *rule,
		const char *s, size_t len);
/*
 * What stands below or within a telling name: lists, maps, blocks and texts of
 * several lines of YAML, TOML, JSON and INI. Part of mask_values.
 */
int mask_blocks(struct place_list *out, const struct rule *rule,
		const char *s, size_t len);
/*
 * What stands below or within the name at offset name, whatever it says, whose
 * colon is at sign; templates are left.
 */
int mask_block_of(struct place_list *out, const struct rule *rule,
		  const char *s, size_t len, size_t name, size_t sign);
/* The data of Kubernetes Secrets, in YAML and JSON, however short. */
int mask_kubernetes(struct place_list *out, const struct rule *rule,
		    const char *s, size_t len);
/* The same in XML: <password><![CDATA[...]]>, <add key="password" value="..."/> */
int mask_markup(struct place_list *out, const struct rule *rule,
		const char *s, size_t len);
/* 1 for a name of which the values are masked: "password", "apiTokens". */
int mask_is_telling(const char *name, size_t len);

/* 1 for the name of a dotenv file, or of one that is written like it. */
int mask_is_dotenv(const char *path);

#endif
