/* SPDX-License-Identifier: Apache-2.0 */
/* The functions whose newest version is of glibc 2.29 (it no longer sets errno by an old standard), by the version before. */
#include "names.h"

#if defined(__x86_64__)
#define FIRST_VERSION "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define FIRST_VERSION "GLIBC_2.17"
#else
#error "The first version of glibc's symbols on this processor is missing here"
#endif
#define OLDER(name, parameters, arguments)                          \
    double older_##name parameters;                                 \
    __asm__(".symver older_" #name "," #name "@" FIRST_VERSION);    \
    OLDER_GLIBC_HIDDEN double OLDER_GLIBC_NAME(name) parameters    \
    {                                                               \
        return older_##name arguments;                              \
    }
OLDER(exp, (double x), (x))
OLDER(exp2, (double x), (x))
OLDER(log, (double x), (x))
OLDER(log2, (double x), (x))
OLDER(pow, (double x, double y), (x, y))
