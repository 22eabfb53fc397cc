/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_WATCH_H
#define FS_WATCH_H

#include <stdint.h>

struct fs;
struct node;
struct watch;

/*
 * Tells the kernel what changed in the workspace, so that it may keep what it
 * knows of the view for long: each directory that was looked into is watched
 * (inotify(7)), and a change there invalidates the name, the object and the
 * listing. A thread of its own does that; no handler ever does, and the thread
 * holds no lock meanwhile, since the kernel may wait for a handler to finish.
 *
 * An answer that was on its way while its object changed would stay wrong for
 * long, so each invalidation is done twice: at once and WATCH_AGAIN_MS later.
 * Where the kernel has no more watches to give, a directory stays unwatched and
 * what is told of it lives for a second.
 */
#define WATCH_AGAIN_MS 300

/* NULL where there is no inotify to be had. */
struct watch *watch_start(struct fs *fs);
void watch_stop(struct watch *w);

/* Watches dir's lower part if it is not yet watched. w may be NULL. */
void watch_dir(struct watch *w, struct node *dir);

/*
 * Lets the kernel forget all that it may keep of the workspace. Not to be called
 * from a handler.
 */
void watch_tell_all(struct fs *fs);

/* Watches held now, and 1 in *full where the kernel refused one. */
unsigned watch_count(struct watch *w, int *full);

#endif
