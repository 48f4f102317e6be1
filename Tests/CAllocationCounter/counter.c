#include "CAllocationCounter.h"
#include <errno.h>
#include <stddef.h>

// glibc's allocator under the names that it keeps for those who replace the public ones.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

// initial-exec: the dynamic kind would itself allocate on a thread's first access.
static __thread unsigned long count __attribute__((tls_model("initial-exec")));

unsigned long allocation_counter_of_this_thread(void) { return count; }

// A sanitizer brings its own allocator, which must not be replaced; nothing is counted then.
#if !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)

void *malloc(size_t size) { count++; return __libc_malloc(size); }
void *calloc(size_t items, size_t size) { count++; return __libc_calloc(items, size); }
void *realloc(void *old, size_t size) { count++; return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { count++; return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { count++; return __libc_memalign(alignment, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
  count++;
  void *memory = __libc_memalign(alignment, size);
  if (memory == NULL) return ENOMEM;
  *result = memory;
  return 0;
}
void free(void *memory) { __libc_free(memory); }

#endif
