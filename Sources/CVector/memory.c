#define _GNU_SOURCE
#include "CVector.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <link.h>
#endif

enum { HUGE_PAGE = 2 << 20 };

static size_t rounded_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

void *cvector_allocate(size_t bytes) {
    if (bytes < HUGE_PAGE) {
        size_t size = rounded_up(bytes > 0 ? bytes : 1, 64);
        void *memory = aligned_alloc(64, size);
        if (memory) memset(memory, 0, size);
        return memory;
    }
    // A mapping is aligned to 4 KB only: one huge page more is mapped, and what lies outside is given back.
    size_t size = rounded_up(bytes, HUGE_PAGE);
    char *mapping = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) return NULL;
    char *memory = (char *)rounded_up((size_t)mapping, HUGE_PAGE);
    if (memory > mapping) munmap(mapping, (size_t)(memory - mapping));
    size_t behind = (size_t)(mapping + size + HUGE_PAGE - (memory + size));
    if (behind > 0) munmap(memory + size, behind);
#ifdef MADV_HUGEPAGE
    madvise(memory, size, MADV_HUGEPAGE);
#endif
    return memory;
}

void cvector_free(void *memory, size_t bytes) {
    if (bytes < HUGE_PAGE) {
        free(memory);
    } else {
        munmap(memory, rounded_up(bytes, HUGE_PAGE));
    }
}

void cvector_limit_heaps(int count) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, count);
#else
    (void)count;
#endif
}

void cvector_return_free_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

#ifdef __linux__
static int release_read_only_segments(struct dl_phdr_info *object, size_t size, void *page_size) {
    (void)size;
    size_t page = *(size_t *)page_size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        // What was relocated lies in writable segments, also when it is protected afterwards.
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
        size_t start = rounded_up(object->dlpi_addr + segment->p_vaddr, page);
        size_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz) / page * page;
        if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}
#endif

void cvector_release_program_pages(void) {
#ifdef __linux__
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(release_read_only_segments, &page);
#endif
}

int cvector_open_scratch(const char *folder) {
#ifdef O_TMPFILE
    int unnamed = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (unnamed >= 0) return unnamed;
#endif
    char path[4096];
    if (snprintf(path, sizeof path, "%s/postwright-XXXXXX", folder) < (int)sizeof path) {
        int file = mkstemp(path);
        if (file >= 0) {
            unlink(path);
            fcntl(file, F_SETFD, FD_CLOEXEC);
            return file;
        }
    }
#ifdef __linux__
    return memfd_create("postwright", MFD_CLOEXEC);
#else
    return -1;
#endif
}
