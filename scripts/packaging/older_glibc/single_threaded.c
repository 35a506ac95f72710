/* SPDX-License-Identifier: Apache-2.0 */
/* What glibc has from 2.32 on: libstdc++ asks it whether counters need atomic instructions. They may: always said so here. */
#include "names.h"

OLDER_GLIBC_HIDDEN char OLDER_GLIBC_NAME(__libc_single_threaded) = 0;
