/* SPDX-License-Identifier: Apache-2.0 */
/* The functions have glibc's names, but in a test, which has glibc's own beside them. */
#pragma once
#ifndef OLDER_GLIBC_NAME
#define OLDER_GLIBC_NAME(name) name
#endif
#define OLDER_GLIBC_HIDDEN __attribute__((visibility("hidden")))
