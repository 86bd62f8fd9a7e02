/* The app in this PID namespace: its control socket and its heartbeat, in the private directory of its user. */
#ifndef PORTHOLE_CONTROL_H
#define PORTHOLE_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "settings.h"

enum { MAX_PATH_BYTES = 1280, PROOF_BYTES = 64 };

/* Of a heartbeat of the future: longer than any is waited for. */
#define AGE_UNKNOWN INT64_MAX

struct control_socket {
  uint64_t pid;
  /* Whether other apps have one, too. */
  int is_one_of_several;
  char path[MAX_PATH_BYTES];
  /* What to send, so that the app lets this process in. */
  char proof[PROOF_BYTES + 1];
};

/* The socket of pid 1, else of the lowest pid, that its process proves to be its own. Whether there is one; if there is none, `unproven` is
   the pid of one that gives no proof, or 0. */
int find_control_socket(const struct settings *settings, struct control_socket *socket, uint64_t *unproven);

/* The heartbeat of pid 1, else of the lowest pid, and what its watchdog has found to block its event loop; the empty text if it has none.
   Whether there is one. */
int find_heartbeat(const struct settings *settings, uint64_t *pid, int64_t *age_ms, char *stack, size_t size);

/* Reads the beginning of a file as text. Whether it could be read. */
int read_text(const char *path, char *into, size_t size);

/* Joins parts to a path; a part that is 0 is the last. Whether it fits. */
int join_path(char *path, const char *const parts[]);

#endif
