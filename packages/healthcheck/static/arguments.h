/* The arguments: the same as those of `node app.js healthcheck`. */
#ifndef PORTHOLE_ARGUMENTS_H
#define PORTHOLE_ARGUMENTS_H

#include <stdint.h>

#include "text.h"

enum probe { PROBE_LIVE, PROBE_READY, PROBE_STARTUP };

struct arguments {
  enum probe probe;
  int64_t timeout_ms, blocked_ms;
  /* 0 if the app is asked. */
  char *url;
  int allow_remote, verbose;
};

/* Whether they are right; if not, `mistake` says what is wrong and what is allowed. Cuts words in place. */
int read_arguments(int count, char *const words[], struct arguments *arguments, struct text *mistake);

struct url {
  /* Without the brackets of IPv6. */
  char host[256];
  /* `127.0.0.1:3000`, `[::1]:80`. */
  char name[272];
  /* The same without the port of HTTP. */
  char host_field[272];
  int port;
  /* Path and query, perhaps without the first slash. */
  const char *target;
};

/* Whether `given` is an `http:` URL that may be asked; if not, `mistake` says why. Cuts off what is not sent in place. */
int read_url(char *given, int allow_remote, struct url *url, struct text *mistake);

#endif
