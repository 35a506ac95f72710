/* SPDX-License-Identifier: Apache-2.0 */
/* What glibc has from 2.35 on, by dl_iterate_phdr(): the unwinder in libgcc_eh.a asks it which object an address is in. */
#define _GNU_SOURCE
#include "names.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>

/* As glibc 2.35 has it on x86_64 and aarch64 (dlfcn.h, bits/dl_find_object.h). */
struct found_object {
    unsigned long long flags;
    void* map_start;
    void* map_end;
    struct link_map* link_map;
    void* eh_frame;
    unsigned long long reserved[7];
};
_Static_assert(offsetof(struct found_object, eh_frame) == 32, "libgcc reads eh_frame there");

struct search {
    uintptr_t address;
    struct found_object* result;
};

static int look_into(struct dl_phdr_info* object, size_t size, void* data)
{
    (void)size;
    struct search* search = data;
    const ElfW(Phdr)* eh_frame = NULL;
    uintptr_t start = UINTPTR_MAX;
    uintptr_t end = 0;
    int inside = 0;
    for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)* segment = &object->dlpi_phdr[i];
        const uintptr_t from = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD) {
            start = from < start ? from : start;
            end = from + segment->p_memsz > end ? from + segment->p_memsz : end;
            inside |= search->address >= from && search->address - from < segment->p_memsz;
        } else if (segment->p_type == PT_GNU_EH_FRAME) {
            eh_frame = segment;
        }
    }
    if (!inside || eh_frame == NULL) {
        return inside ? -1 : 0;
    }
    *search->result = (struct found_object){
        .map_start = (void*)start,
        .map_end = (void*)end,
        .eh_frame = (void*)(object->dlpi_addr + eh_frame->p_vaddr),
    };
    return 1;
}

OLDER_GLIBC_HIDDEN int OLDER_GLIBC_NAME(_dl_find_object)(void* address, struct found_object* result)
{
    struct search search = {(uintptr_t)address, result};
    return dl_iterate_phdr(look_into, &search) == 1 ? 0 : -1;
}
