#ifndef SIPSIMPLE_CALSA_SHIM_H
#define SIPSIMPLE_CALSA_SHIM_H
#include <alsa/asoundlib.h>

/// Drops a message that ALSA would print to standard error.
static void sipsimple_alsa_ignore(
    const char *file, int line, const char *function, int code, const char *format, va_list arguments) {
  (void)file, (void)line, (void)function, (void)code, (void)format, (void)arguments;
}

/// Keeps ALSA from printing to standard error on this thread, or lets it again. The handler is per thread, so this
/// changes nothing for the rest of the process; it is a C function because its last parameter is a va_list.
static inline void sipsimple_alsa_set_quiet(int quiet) {
  snd_lib_error_set_local(quiet ? sipsimple_alsa_ignore : NULL);
}
#endif
