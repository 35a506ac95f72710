/* SPDX-License-Identifier: Apache-2.0 */
/* The functions have glibc's names, but in a test, which has glibc's own beside them. */
#pragma once
#ifdef OLDER_GLIBC_TEST
#define OLDER_GLIBC_NAME(name) shim_##name
#else
#define OLDER_GLIBC_NAME(name) name
#endif
#define OLDER_GLIBC_HIDDEN __attribute__((visibility("hidden")))
