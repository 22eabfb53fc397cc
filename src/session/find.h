/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_FIND_H
#define SESSION_FIND_H

/*
 * Private to session.c and find.c; session_open and session_list are in
 * session.h.
 */
struct session;

/* An empty handle, with no descriptor open; NULL without memory. */
struct session *session_new(void);

#endif
