/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OLD_H
#define CLI_OLD_H

/*
 * scrim discard --older-than: destroys the sessions that nobody has used for so
 * long, after they were listed with what is in them and a question. Those that
 * are in use, or cannot be read, stay. The command's status.
 */
int old_discard(const char *duration);

#endif
