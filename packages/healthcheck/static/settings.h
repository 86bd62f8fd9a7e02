/* What the environment says of where the app answers; a bad value counts as none. */
#ifndef PORTHOLE_SETTINGS_H
#define PORTHOLE_SETTINGS_H

#include <stdint.h>

enum { PORT_OFF = -1 };

struct settings {
  /* PORTHOLE_ADMIN_PORT: 0 to 65535, or PORT_OFF. */
  int admin_port;
  /* PORTHOLE_ADMIN_HOST, with loopback in the place of all addresses. */
  const char *admin_host;
  /* PORTHOLE_CONTROL. */
  int control;
  /* Where the control directory is looked for: PORTHOLE_DIR, or the temp dir and /dev/shm. The second may be missing. */
  const char *folders[2];
};

/* Cuts white space off the values in place, as what it returns points to them. */
struct settings read_settings(char *const environment[]);

#endif
