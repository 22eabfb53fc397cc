/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/scan_out.h"

#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "util/esc.h"
#include "util/json.h"

/* ========== text ========== */

static enum out_style color_of(enum severity s)
{
	return s >= SEVERITY_HIGH ? OUT_RED : s == SEVERITY_MEDIUM ? OUT_YELLOW :
								     OUT_CYAN;
}

void scan_item_text(const struct scan_item *i, struct buf *out)
{
	if (i->copy_of)
		buf_addf(out, "copy of a secret of %s", i->copy_of);
	else
		buf_addstr(out, rule_description(i->rule));
}

static void text_begin(FILE *f)
{
}

static void text_item(FILE *f, const struct scan_item *i, int first)
{
	struct buf b = BUF_INIT;

	fputs(out_style(OUT_BOLD), f);
	esc_puts(f, i->path);
	fputs(out_style(OUT_PLAIN), f);
	if (i->line)
		fprintf(f, ":%lu:%lu", i->line, i->column);
	fprintf(f, ": %s%s%s %s: ", out_style(color_of(i->severity)),
		severity_name(i->severity), out_style(OUT_PLAIN),
		rule_id(i->rule));
	scan_item_text(i, &b);
	esc_puts(f, b.ptr);
	buf_clear(&b);
	if (i->commit) {
		fprintf(f, " (commit %.12s", i->commit);
		fputs(", ", f);
		esc_puts(f, i->date ? i->date : "");
		fputc(')', f);
	}
	if (i->secret) {
		esc_add(&b, i->secret, i->secret_len, ESC_NAME);
		fprintf(f, ": %s", b.ptr);
	}
	buf_wipe(&b);
	fputc('\n', f);
}

static void text_end(FILE *f, const struct ruleset *rules, const char *why,
		     size_t n)
{
}

/* ========== JSON ========== */

static json_t *item_json(const struct scan_item *i)
{
	json_t *o = json_object();

	jout_name(o, "file", i->path);
	json_object_set_new(o, "line", i->line ? json_integer((json_int_t)i->line)
					       : json_null());
	if (i->line) {
		json_object_set_new(o, "column",
				    json_integer((json_int_t)i->column));
		json_object_set_new(o, "end_line",
				    json_integer((json_int_t)i->end_line));
	}
	json_object_set_new(o, "rule", json_string(rule_id(i->rule)));
	json_object_set_new(o, "severity",
			    json_string(severity_name(i->severity)));
	json_object_set_new(o, "confidence",
			    json_string(confidence_name(i->confidence)));
	jout_name(o, "description", rule_description(i->rule));
	jout_name(o, "fingerprint", i->fingerprint);
	if (i->copy_of)
		jout_name(o, "copy_of", i->copy_of);
	if (i->commit) {
		jout_name(o, "commit", i->commit);
		jout_name(o, "author", i->author);
		jout_name(o, "date", i->date);
	}
	return o;
}

static void print_item(FILE *f, const struct scan_item *i)
{
	json_t *o = item_json(i);
	char *s = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	fputs(s ? s : "{}", f);
	free(s);
	json_decref(o);
}

static void json_begin(FILE *f)
{
	fputs("{\"findings\":[", f);
}

static void json_item(FILE *f, const struct scan_item *i, int first)
{
	fputs(first ? "\n" : ",\n", f);
	print_item(f, i);
}

static void json_end(FILE *f, const struct ruleset *rules, const char *why,
		     size_t n)
{
	fprintf(f, "%s],\n\"complete\":%s}\n", n ? "\n" : "",
		*why ? "false" : "true");
}

static void jsonl_item(FILE *f, const struct scan_item *i, int first)
{
	print_item(f, i);
	fputc('\n', f);
}

static const struct scan_format text = { "text", text_begin, text_item,
					 text_end };
static const struct scan_format json = { "json", json_begin, json_item,
					 json_end };
static const struct scan_format jsonl = { "jsonl", text_begin, jsonl_item,
					  text_end };

const struct scan_format *scan_format_find(const char *name)
{
	static const struct scan_format *const all[] = {
		&text, &json, &jsonl, &scan_format_sarif, &scan_format_gitlab,
		&scan_format_html,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}
