// Opus controls its coder through one variadic function, which Swift cannot import: each control that Media uses is a
// typed inline here.
#ifndef SIPSIMPLE_COPUS_SHIM_H
#define SIPSIMPLE_COPUS_SHIM_H
#include <opus/opus.h>
#endif
