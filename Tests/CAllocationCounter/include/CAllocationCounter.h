#ifndef SIPSIMPLE_CALLOCATIONCOUNTER_H
#define SIPSIMPLE_CALLOCATIONCOUNTER_H
/// How many times the calling thread has allocated heap memory (malloc, calloc, realloc and the aligned kinds) since it
/// began. Linking this target into a program replaces those functions by counting ones on top of glibc's own.
unsigned long allocation_counter_of_this_thread(void);
#endif
