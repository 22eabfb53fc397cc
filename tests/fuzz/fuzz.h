/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * A fuzz target is a file fuzz_NAME.c that defines this one function and aborts
 * where something does not hold. It is built three ways:
 *
 *   make check		with driver.c, which changes seeds/NAME/ at random
 *   make fuzz TARGET=NAME	with clang's libFuzzer and the sanitizers
 *   make fuzz TARGET=NAME FUZZ_CC=afl-clang-fast	the same for AFL++
 *
 * An input that crashed goes to seeds/NAME/, where each run tries it, and what it
 * was about into a unit test.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A directory of the target's own in memory; removed at exit. */
const char *fuzz_dir(void);

#endif
