/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_READAHEAD_H
#define FS_READAHEAD_H

/*
 * Lets the kernel read a mounted view 1 MiB ahead, as much as a request of FUSE
 * holds, where it would read 128 KiB: a large file is then read in an eighth of
 * the requests. Only root may, and it is no loss where it fails. To be called
 * when the mount answers (the kernel sets its own value before), and not by
 * the daemon, which would wait for itself.
 */
void readahead_widen(const char *mountpoint);

#endif
