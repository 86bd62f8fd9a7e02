/* What the environment says of where the app answers. */
#include "settings.h"
#include "text.h"

enum { DEFAULT_ADMIN_PORT = 9464, MAX_FOLDER_BYTES = 1024, MAX_HOST_BYTES = 253 };

/* The value of a variable; an empty one counts as unset. */
static const char *variable(char *const environment[], const char *name) {
  for (int i = 0; environment[i] != 0; i++) {
    if (!has_prefix(environment[i], name) || environment[i][length_of(name)] != '=') continue;
    const char *value = environment[i] + length_of(name) + 1;
    return *value == 0 ? 0 : value;
  }
  return 0;
}

static int is_word(const char *value, const char *word) {
  while (*value != 0 && lower_case(*value) == *word) value++, word++;
  return *value == 0 && *word == 0;
}

static int read_port(const char *value) {
  uint64_t port;
  if (value == 0) return DEFAULT_ADMIN_PORT;
  if (is_word(value, "off")) return PORT_OFF;
  size_t digits = read_number(value, &port);
  return digits > 0 && digits <= 5 && value[digits] == 0 && port <= 65535 ? (int)port : DEFAULT_ADMIN_PORT;
}

static const char *read_host(const char *value) {
  if (value == 0 || length_of(value) > MAX_HOST_BYTES || is_same(value, "0.0.0.0")) return "127.0.0.1";
  return is_same(value, "::") ? "::1" : value;
}

static int read_switch(const char *value) {
  if (value == 0) return 1;
  return !(is_word(value, "off") || is_word(value, "false") || is_word(value, "0") || is_word(value, "no"));
}

struct settings read_settings(char *const environment[]) {
  const char *folder = variable(environment, "PORTHOLE_DIR");
  struct settings settings = {
      .admin_port = read_port(variable(environment, "PORTHOLE_ADMIN_PORT")),
      .admin_host = read_host(variable(environment, "PORTHOLE_ADMIN_HOST")),
      .control = read_switch(variable(environment, "PORTHOLE_CONTROL")),
      .folders = {folder, 0},
  };
  if (folder != 0 && length_of(folder) <= MAX_FOLDER_BYTES) return settings;
  /* As os.tmpdir() of Node.js has it. */
  const char *names[] = {"TMPDIR", "TMP", "TEMP"};
  const char *temporary = 0;
  for (int i = 0; i < 3 && temporary == 0; i++) temporary = variable(environment, names[i]);
  settings.folders[0] = temporary == 0 ? "/tmp" : temporary;
  settings.folders[1] = is_same(settings.folders[0], "/dev/shm") ? 0 : "/dev/shm";
  return settings;
}
