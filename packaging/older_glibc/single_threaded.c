/* SPDX-License-Identifier: Apache-2.0 */
/* What glibc has from 2.32 on: libstdc++ asks it whether counters need atomic instructions. They may: always said so here. */
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
