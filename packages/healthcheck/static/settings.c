/* What the environment says of where the app answers. See core's address-variables.ts and parse-value.ts, which this follows. */
#include "settings.h"
#include "address.h"
#include "text.h"

enum { DEFAULT_ADMIN_PORT = 9464, MAX_FOLDER_LENGTH = 1024, MAX_HOST_BYTES = 253 };

/* The value of a variable; an empty one counts as unset. */
static char *variable(char *const environment[], const char *name) {
  for (int i = 0; environment[i] != 0; i++) {
    if (!has_prefix(environment[i], name) || environment[i][length_of(name)] != '=') continue;
    char *value = environment[i] + length_of(name) + 1;
    return *value == 0 ? 0 : value;
  }
  return 0;
}

/* The value of one of Porthole's own, of which white space around it is no part. */
static const char *setting(char *const environment[], const char *name) {
  char *value = variable(environment, name);
  if (value == 0) return 0;
  value = trim(value);
  return *value == 0 ? 0 : value;
}

static int read_port(const char *value) {
  uint64_t port;
  if (value == 0) return DEFAULT_ADMIN_PORT;
  if (is_word(value, "off")) return PORT_OFF;
  size_t digits = read_number(value, &port);
  return digits > 0 && digits <= 5 && value[digits] == 0 && port <= 65535 ? (int)port : DEFAULT_ADMIN_PORT;
}

/* A name by its form, which an IPv4 address has too, or an IPv6 address. */
static int is_host(const char *value) {
  uint8_t address[ADDRESS_BYTES];
  size_t length = length_of(value), at = 0;
  if (length > MAX_HOST_BYTES) return 0;
  while (is_name_character(value[at]) || value[at] == '.' || value[at] == '-') at++;
  if (at == length) return is_name_character(value[0]) && value[length - 1] != '-';
  return find_in(value, length, ":") < length && read_address(value, 0, address) != 0;
}

static const char *read_host(const char *value) {
  if (value == 0 || !is_host(value) || is_same(value, "0.0.0.0")) return "127.0.0.1";
  return is_same(value, "::") ? "::1" : value;
}

static int read_switch(const char *value) {
  if (value == 0) return 1;
  return !(is_word(value, "off") || is_word(value, "false") || is_word(value, "0") || is_word(value, "no"));
}

/* Not too long, in the units of UTF-16 that JavaScript counts in, and without control characters and separators of lines (Cc, Zl, Zp). */
static int is_text(const char *value) {
  const unsigned char *bytes = (const unsigned char *)value;
  size_t units = 0;
  for (; *bytes != 0; bytes++) {
    if (*bytes < 0x20 || *bytes == 0x7f) return 0;
    if (bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] <= 0x9f) return 0;
    if (bytes[0] == 0xe2 && bytes[1] == 0x80 && (bytes[2] == 0xa8 || bytes[2] == 0xa9)) return 0;
    /* One for a character, two for one of four bytes; the bytes behind its first do not count. */
    if ((*bytes & 0xc0) != 0x80) units += *bytes >= 0xf0 ? 2 : 1;
  }
  return units <= MAX_FOLDER_LENGTH;
}

/* As os.tmpdir() of Node.js has it, which trims nothing but a slash. */
static const char *temporary_folder(char *const environment[]) {
  static const char *const NAMES[] = {"TMPDIR", "TMP", "TEMP"};
  char *folder = 0;
  for (int i = 0; i < 3 && folder == 0; i++) folder = variable(environment, NAMES[i]);
  if (folder == 0) return "/tmp";
  size_t length = length_of(folder);
  if (length > 1 && folder[length - 1] == '/') folder[length - 1] = 0;
  return folder;
}

struct settings read_settings(char *const environment[]) {
  const char *folder = setting(environment, "PORTHOLE_DIR");
  struct settings settings = {
      .admin_port = read_port(setting(environment, "PORTHOLE_ADMIN_PORT")),
      .admin_host = read_host(setting(environment, "PORTHOLE_ADMIN_HOST")),
      .control = read_switch(setting(environment, "PORTHOLE_CONTROL")),
      .folders = {folder, 0},
  };
  if (folder != 0 && is_text(folder)) return settings;
  settings.folders[0] = temporary_folder(environment);
  settings.folders[1] = is_same(settings.folders[0], "/dev/shm") ? 0 : "/dev/shm";
  return settings;
}
