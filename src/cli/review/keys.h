/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REVIEW_KEYS_H
#define CLI_REVIEW_KEYS_H

/*
 * What keys do. The table that says which is in keys.c; the functions are in
 * move.c (cursors), decide.c (choices) and finish.c (the end).
 */
struct review;

/* The function of a key; NULL for none. */
typedef void (*key_fn)(struct review *v);
key_fn key_find(const struct review *v, int key);
void key_help(struct review *v);

/* ---- move.c, decide.c, finish.c: what keys do ---- */
void move_down(struct review *v);
void move_up(struct review *v);
void move_page_down(struct review *v);
void move_page_up(struct review *v);
void move_first(struct review *v);
void move_last(struct review *v);
void move_in(struct review *v);
void move_out(struct review *v);
void move_left(struct review *v);
void move_right(struct review *v);
void move_pane(struct review *v);
void move_zoom(struct review *v);
void move_wide(struct review *v);
void move_next_hunk(struct review *v);
void move_last_hunk(struct review *v);
void move_next_file(struct review *v);
void move_last_file(struct review *v);
void move_next_open(struct review *v);
void move_search(struct review *v);
void move_next_match(struct review *v);
void move_last_match(struct review *v);
void move_end_search(struct review *v);
void move_click(struct review *v);
void move_wheel_up(struct review *v);
void move_wheel_down(struct review *v);

void decide_take(struct review *v);
void decide_leave(struct review *v);
void decide_take_rest(struct review *v);
void decide_leave_rest(struct review *v);
void decide_toggle(struct review *v);
void decide_file(struct review *v);
void decide_not_file(struct review *v);
void decide_undo(struct review *v);
void decide_split(struct review *v);
void decide_edit(struct review *v);
void decide_comment(struct review *v);

void finish_ask(struct review *v);
void finish_keep(struct review *v);

#endif
