/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_SANITIZER_H
#define UTIL_SANITIZER_H

/*
 * What the compiler's sanitizers have to be told; nothing where there are none.
 *
 * SANITIZED: memory has a shadow that no limit of address space can hold.
 *
 * sanitizer_before(p), sanitizer_after(p): what was done before the one comes
 * before what is done after the other, for a reason that the thread sanitizer
 * cannot see: the kernel does not send the one before it had the other.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SANITIZED_THREADS 1
#elif __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) && !defined(SANITIZED_THREADS)
#define SANITIZED_THREADS 1
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SANITIZED_THREADS)
#undef SANITIZED
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#ifdef SANITIZED_THREADS
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define sanitizer_before(p) __tsan_release(p)
#define sanitizer_after(p) __tsan_acquire(p)
#else
#define sanitizer_before(p) ((void)(p))
#define sanitizer_after(p) ((void)(p))
#endif

#endif
