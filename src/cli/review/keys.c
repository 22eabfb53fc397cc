/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <string.h>

#include "cli/review/keys.h"
#include "cli/review/review.h"

enum key_where {
	IN_LIST = 1 << PANE_LIST,
	IN_DIFF = 1 << PANE_DIFF,
	IN_BOTH = IN_LIST | IN_DIFF,
	IN_SEARCH = 1 << 2,	/* goes before the others while one searches */
};

static void toggle_help(struct review *v)
{
	v->help = !v->help;
	v->help_top = 0;
}

static void repaint(struct review *v)
{
	screen_suspend(v->screen);
	screen_resume(v->screen);
}

static void stop(struct review *v)
{
	screen_suspend(v->screen);
	if (!v->script)
		raise(SIGTSTP);
	screen_resume(v->screen);
}

/* The first that fits counts. help NULL: another key for the line before it. */
static const struct key {
	int key;
	int where;
	key_fn fn;
	const char *name, *help;
} keys[] = {
	{ 'n', IN_SEARCH, move_next_match, "n", "search: to the next match" },
	{ 'N', IN_SEARCH, move_last_match, "N", "search: to the match before" },
	{ SKEY_ESC, IN_SEARCH, move_end_search, "Esc", "end the search" },

	{ 'y', IN_LIST, decide_take, "y", "list: take the file or directory" },
	{ 'n', IN_LIST, decide_leave, "n", "list: leave it" },
	{ 'y', IN_DIFF, decide_take, "y", "diff: take the hunk" },
	{ 'n', IN_DIFF, decide_leave, "n", "diff: leave the hunk" },
	{ 'a', IN_BOTH, decide_take_rest, "a",
	  "take this hunk and all after it in the file" },
	{ 'd', IN_BOTH, decide_leave_rest, "d",
	  "leave this hunk and all after it in the file" },
	{ ' ', IN_BOTH, decide_toggle, "Space",
	  "take, leave or open: the line, or in the list the whole" },
	{ 'v', IN_BOTH, decide_toggle, "v", NULL },
	{ 'Y', IN_BOTH, decide_file, "Y", "take the whole file" },
	{ 'X', IN_BOTH, decide_not_file, "X", "leave the whole file" },
	{ 's', IN_BOTH, decide_split, "s", "split the hunk" },
	{ 'e', IN_BOTH, decide_edit, "e", "edit the hunk in $EDITOR" },
	{ 'c', IN_BOTH, decide_comment, "c",
	  "comment: on the line, or in the list on the file" },
	{ 'u', IN_BOTH, decide_undo, "u", "undo the last decision" },

	{ 'j', IN_BOTH, move_down, "j Down", "down" },
	{ SKEY_DOWN, IN_BOTH, move_down, "", NULL },
	{ 'k', IN_BOTH, move_up, "k Up", "up" },
	{ SKEY_UP, IN_BOTH, move_up, "", NULL },
	{ SKEY_PGDN, IN_BOTH, move_page_down, "PgDn ^F", "a page down" },
	{ 'F' - '@', IN_BOTH, move_page_down, "", NULL },
	{ SKEY_PGUP, IN_BOTH, move_page_up, "PgUp ^B", "a page up" },
	{ 'B' - '@', IN_BOTH, move_page_up, "", NULL },
	{ 'g', IN_BOTH, move_first, "g Home", "to the beginning" },
	{ SKEY_HOME, IN_BOTH, move_first, "", NULL },
	{ 'G', IN_BOTH, move_last, "G End", "to the end" },
	{ SKEY_LAST, IN_BOTH, move_last, "", NULL },
	{ '}', IN_BOTH, move_next_hunk, "} J", "to the next hunk" },
	{ 'J', IN_BOTH, move_next_hunk, "", NULL },
	{ '{', IN_BOTH, move_last_hunk, "{ K", "to the hunk before" },
	{ 'K', IN_BOTH, move_last_hunk, "", NULL },
	{ ']', IN_BOTH, move_next_file, "]", "to the next file" },
	{ '[', IN_BOTH, move_last_file, "[", "to the file before" },
	{ 'o', IN_BOTH, move_next_open, "o", "to the next open change" },
	{ SKEY_ENTER, IN_BOTH, move_in, "Enter l",
	  "open or close a directory; to the diff of a file" },
	{ 'l', IN_BOTH, move_in, "", NULL },
	{ 'h', IN_BOTH, move_out, "h Esc", "close a directory; to the list" },
	{ SKEY_ESC, IN_BOTH, move_out, "", NULL },
	{ SKEY_TAB, IN_BOTH, move_pane, "Tab", "between list and diff" },
	{ '/', IN_BOTH, move_search, "/",
	  "search: names in the list, lines in the diff" },
	{ SKEY_LEFT, IN_BOTH, move_left, "Left Right",
	  "move long lines sideways" },
	{ SKEY_RIGHT, IN_BOTH, move_right, "", NULL },
	{ '<', IN_BOTH, move_left, "", NULL },
	{ '>', IN_BOTH, move_right, "", NULL },
	{ '|', IN_BOTH, move_wide, "|", "old and new side by side, or not" },
	{ '+', IN_BOTH, move_zoom, "+", "only list or diff, or both" },
	{ 'L' - '@', IN_BOTH, repaint, "^L", "paint the screen anew" },
	{ SKEY_CLICK, IN_BOTH, move_click, "click", "go there" },
	{ SKEY_WHEEL_UP, IN_BOTH, move_wheel_up, "", NULL },
	{ SKEY_WHEEL_DOWN, IN_BOTH, move_wheel_down, "", NULL },

	{ '?', IN_BOTH, toggle_help, "?", "this list" },
	{ 'q', IN_BOTH, finish_ask, "q", "end: apply, save, or keep for later" },
	{ 'Q', IN_BOTH, finish_keep, "Q ^C", "leave at once, choices are kept" },
	{ 'C' - '@', IN_BOTH, finish_keep, "", NULL },
	{ 'Z' - '@', IN_BOTH, stop, "^Z", "to the shell, fg comes back" },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static void scroll_help(struct review *v)
{
	int lines, cols;

	screen_size(v->screen, &lines, &cols);
	v->help_top += lines > 4 ? (size_t)(lines - 3) : 1;
}

/* While help is shown: down scrolls, the rest ends it. */
static key_fn help_key(int key)
{
	return key == 'j' || key == SKEY_DOWN || key == SKEY_PGDN || key == ' ' ?
	       scroll_help : toggle_help;
}

key_fn key_find(const struct review *v, int key)
{
	int where = 1 << v->focus | (v->searching ? IN_SEARCH : 0);

	if (v->help)
		return help_key(key);
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].key == key && keys[i].where & where)
			return keys[i].fn;
	return NULL;
}

void key_help(struct review *v)
{
	int lines, cols, y = 1;
	size_t n = 0, all = 0;

	screen_size(v->screen, &lines, &cols);
	for (size_t i = 0; i < KEYS; i++)
		all += keys[i].help != NULL;
	if (v->help_top >= all)
		v->help_top = 0;
	for (size_t i = 0; i < KEYS && y < lines - 1; i++) {
		if (!keys[i].help || n++ < v->help_top)
			continue;
		screen_puts(v->screen, y, 2, 12, STYLE_BOLD, keys[i].name);
		screen_puts(v->screen, y++, 15, cols - 15, STYLE_PLAIN,
			    keys[i].help);
	}
	review_say(v, "%s", n < all || v->help_top ?
		   "j: more  any other key: back to the review" :
		   "any key: back to the review");
}
