/* What a process is doing, as Linux tells it. */
#ifndef PORTHOLE_PROCESS_H
#define PORTHOLE_PROCESS_H

#include "text.h"

/* Adds ` is running on the CPU`, ` is waiting for the CPU`, ` is waiting`, ` is stopped`, ` has ended` or ` has no memory left (255 of 256 MB)`; nothing where nothing can
   be read. Takes 50 ms. */
void add_process_state(struct text *text, uint64_t pid);

#endif
