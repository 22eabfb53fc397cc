/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"

#include "cli/scan_out.h"
#include "util/esc.h"
#include "util/json.h"

/* Formats for other programs and for a page: SARIF, GitLab's, HTML. */

/* Prints one value and frees it. */
static void print_json(FILE *f, json_t *o)
{
	char *s = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	fputs(s ? s : "null", f);
	free(s);
	json_decref(o);
}

static json_t *text_json(const char *s)
{
	struct buf b = BUF_INIT;
	json_t *o;

	esc_add(&b, s, strlen(s), ESC_NAME);
	o = json_pack("{s:s}", "text", b.ptr);
	buf_release(&b);
	return o;
}

/* A path as a relative URI: all but plain characters as %XX. */
static json_t *uri_json(const char *path)
{
	static const char hex[] = "0123456789ABCDEF";
	struct buf b = BUF_INIT;
	json_t *o;

	for (const unsigned char *p = (const unsigned char *)path; *p; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || strchr("-._~/", *p)) {
			buf_addch(&b, (char)*p);
		} else {
			buf_addch(&b, '%');
			buf_addch(&b, hex[*p >> 4]);
			buf_addch(&b, hex[*p & 15]);
		}
	o = json_string(b.ptr);
	buf_release(&b);
	return o;
}

/* ========== SARIF 2.1.0 ========== */

static void sarif_begin(FILE *f)
{
	fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
	      "\"version\":\"2.1.0\",\"runs\":[{\"results\":[", f);
}

static void sarif_item(FILE *f, const struct scan_item *i, int first)
{
	static const char *const levels[] = { "note", "warning", "error",
					      "error" };
	json_t *region = json_pack("{s:I,s:I,s:I}",
		"startLine", (json_int_t)(i->line ? i->line : 1),
		"startColumn", (json_int_t)(i->line ? i->column : 1),
		"endLine", (json_int_t)(i->line ? i->end_line : 1));
	json_t *where = json_pack("{s:{s:{s:o},s:o}}", "physicalLocation",
		"artifactLocation", "uri", uri_json(i->path), "region", region);
	struct buf what = BUF_INIT;
	json_t *o;

	scan_item_text(i, &what);
	o = json_pack("{s:s,s:s,s:o,s:[o]}", "ruleId", rule_id(i->rule),
		"level", levels[i->severity], "message",
		text_json(what.ptr), "locations", where);
	buf_release(&what);
	if (i->fingerprint)
		json_object_set_new(o, "partialFingerprints",
				    json_pack("{s:s}", "secret/v1",
					      i->fingerprint));
	if (i->commit)
		json_object_set_new(o, "properties",
				    json_pack("{s:s}", "commit", i->commit));
	fputs(first ? "\n" : ",\n", f);
	print_json(f, o);
}

static void sarif_end(FILE *f, const struct ruleset *rules, const char *why,
		      size_t n)
{
	json_t *list = json_array(), *invocation;

	for (size_t i = 0; rules && i < ruleset_count(rules); i++) {
		const struct rule *r = ruleset_get(rules, i);

		if (!r->disabled && (r->kind == RULE_CONTENT ||
				     r->kind == RULE_PATH))
			json_array_append_new(list, json_pack("{s:s,s:o}",
				"id", r->id, "shortDescription",
				text_json(rule_description(r))));
	}
	invocation = json_pack("{s:b}", "executionSuccessful", !*why);
	if (*why)
		json_object_set_new(invocation, "toolExecutionNotifications",
			json_pack("[{s:s,s:o}]", "level", "error", "message",
				  text_json(why)));
	fputs("\n],\"invocations\":[", f);
	print_json(f, invocation);
	fputs("],\"tool\":{\"driver\":{\"name\":\"scrim\",\"rules\":", f);
	print_json(f, list);
	fputs("}}}]}\n", f);
}

/* ========== GitLab's secret detection report ========== */

static void gitlab_begin(FILE *f)
{
	fputs("{\"version\":\"15.0.7\",\"vulnerabilities\":[", f);
}

/* The format wants a commit, of a file that is in none too. */
static json_t *gitlab_commit(const struct scan_item *i)
{
	json_t *o = json_pack("{s:s}", "sha", i->commit ? i->commit :
							  "0000000");

	if (i->author)
		jout_name(o, "author", i->author);
	if (i->date)
		json_object_set_new(o, "date", json_string(i->date));
	return o;
}

static void gitlab_item(FILE *f, const struct scan_item *i, int first)
{
	static const char *const levels[] = { "Low", "Medium", "High",
					      "Critical" };
	json_t *where = json_object(), *o;
	struct buf id = BUF_INIT, what = BUF_INIT, text = BUF_INIT;

	scan_item_text(i, &text);
	esc_add(&what, text.ptr, text.len, ESC_NAME);
	buf_addf(&id, "%s:%lu:%lu:", rule_id(i->rule), i->line, i->column);
	esc_add(&id, i->path, strlen(i->path), ESC_NAME);
	jout_name(where, "file", i->path);
	json_object_set_new(where, "start_line",
			    json_integer((json_int_t)(i->line ? i->line : 1)));
	json_object_set_new(where, "end_line",
			    json_integer((json_int_t)(i->line ? i->end_line : 1)));
	json_object_set_new(where, "commit", gitlab_commit(i));
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:[{s:s,s:s,s:s}]}", "id",
		      id.ptr, "category", "secret_detection", "name",
		      rule_id(i->rule), "description", what.ptr, "severity",
		      levels[i->severity], "location", where, "identifiers",
		      "type", "scrim_rule_id", "name", rule_id(i->rule),
		      "value", rule_id(i->rule));
	buf_release(&id);
	buf_release(&what);
	buf_release(&text);
	fputs(first ? "\n" : ",\n", f);
	print_json(f, o);
}

static void gitlab_end(FILE *f, const struct ruleset *rules, const char *why,
		       size_t n)
{
	json_t *tool = json_pack("{s:s,s:s,s:s,s:{s:s}}", "id", "scrim", "name",
				 "scrim", "version", PACKAGE_VERSION, "vendor",
				 "name", "scrim");
	char now[32];
	time_t t = time(NULL);
	struct tm tm;

	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%S", gmtime_r(&t, &tm));
	fputs("\n],\"scan\":", f);
	print_json(f, json_pack("{s:O,s:o,s:s,s:s,s:s,s:s}", "analyzer", tool,
				"scanner", tool, "type", "secret_detection",
				"start_time", now, "end_time", now, "status",
				*why ? "failure" : "success"));
	fputs("}\n", f);
}

/* ========== HTML ========== */

static void html_text(FILE *f, const char *s)
{
	struct buf b = BUF_INIT;

	esc_add(&b, s, strlen(s), ESC_NAME);
	for (const char *p = b.ptr; *p; p++)
		switch (*p) {
		case '&': fputs("&amp;", f); break;
		case '<': fputs("&lt;", f); break;
		case '>': fputs("&gt;", f); break;
		case '"': fputs("&quot;", f); break;
		case '\'': fputs("&#39;", f); break;
		default: fputc(*p, f);
		}
	buf_release(&b);
}

static void html_begin(FILE *f)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<title>scrim scan</title>\n<style>"
	      "body{font:14px sans-serif;margin:2em}"
	      "table{border-collapse:collapse}"
	      "td,th{text-align:left;padding:.3em .8em;"
	      "border-bottom:1px solid #ccc}"
	      ".critical,.high{color:#b00020}.medium{color:#8a5a00}"
	      "</style></head><body>\n<h1>scrim scan</h1>\n<table>"
	      "<tr><th>Severity</th><th>Where</th><th>Rule</th>"
	      "<th>What</th></tr>\n", f);
}

static void html_item(FILE *f, const struct scan_item *i, int first)
{
	const char *severity = severity_name(i->severity);
	struct buf what = BUF_INIT;

	fprintf(f, "<tr><td class=\"%s\">%s</td><td>", severity, severity);
	html_text(f, i->path);
	if (i->line)
		fprintf(f, ":%lu:%lu", i->line, i->column);
	if (i->commit)
		fprintf(f, " in %.12s", i->commit);
	fputs("</td><td>", f);
	html_text(f, rule_id(i->rule));
	fputs("</td><td>", f);
	scan_item_text(i, &what);
	html_text(f, what.ptr);
	buf_release(&what);
	fputs("</td></tr>\n", f);
}

static void html_end(FILE *f, const struct ruleset *rules, const char *why,
		     size_t n)
{
	fprintf(f, "</table>\n<p>%zu finding%s.", n, n == 1 ? "" : "s");
	if (*why) {
		fputs(" Not complete: ", f);
		html_text(f, why);
		fputc('.', f);
	}
	fputs("</p>\n</body></html>\n", f);
}

const struct scan_format scan_format_sarif = { "sarif", sarif_begin, sarif_item,
					       sarif_end };
const struct scan_format scan_format_gitlab = { "gitlab", gitlab_begin,
						gitlab_item, gitlab_end };
const struct scan_format scan_format_html = { "html", html_begin, html_item,
					      html_end };
