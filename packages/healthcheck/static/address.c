/* Addresses of IP. The forms are those that the probe in Node.js takes: core's parse-value.ts, and the C library's look-up below it. */
#include "address.h"
#include "system.h"
#include "text.h"

enum { MAX_IPV6_BYTES = 45, MAX_INTERFACE_BYTES = 15 };

static int digit_of(char character) {
  char lower = lower_case(character);
  if (lower >= '0' && lower <= '9') return lower - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

/* A number as C writes it: octal behind a 0, hexadecimal behind 0x. How many bytes it has; 0 where it is none, or more than 32 bits. */
static size_t read_c_number(const char *text, uint64_t *number) {
  int base = 10;
  size_t length = 0, start = 0;
  if (text[0] == '0') {
    int is_hex = lower_case(text[1]) == 'x';
    base = is_hex ? 16 : 8;
    length = start = is_hex ? 2 : 0;
  }
  for (*number = 0; digit_of(text[length]) < base; length++) {
    *number = *number * (uint64_t)base + (uint64_t)digit_of(text[length]);
    if (*number > UINT32_MAX) return 0;
  }
  return length == start ? 0 : length;
}

/* One to four numbers, of which the last has all bytes that are left: `127.0.0.1`, `127.1`, `0x7f000001`. */
static int read_ipv4(const char *host, uint8_t bytes[4]) {
  for (int i = 0; i < 4; i++) {
    uint64_t part;
    size_t length = read_c_number(host, &part);
    if (length == 0) return 0;
    host += length;
    if (*host == 0) {
      if (part >> (8 * (4 - i)) != 0) return 0;
      for (int last = 3; last >= i; last--, part >>= 8) bytes[last] = (uint8_t)part;
      return 1;
    }
    if (*host++ != '.' || part > 255) return 0;
    bytes[i] = (uint8_t)part;
  }
  return 0;
}

/* Four decimal numbers with no zero in front, which is the only form that IPv6 has for them. */
static int read_ipv4_part(const char *text, uint16_t groups[2]) {
  groups[0] = groups[1] = 0;
  for (int i = 0; i < 4; i++) {
    uint64_t part;
    size_t digits = read_number(text, &part);
    if (digits == 0 || part > 255 || (*text == '0' && digits > 1)) return 0;
    groups[i / 2] = (uint16_t)(groups[i / 2] << 8 | part);
    text += digits;
    if (*text++ != (i == 3 ? 0 : '.')) return 0;
  }
  return 1;
}

/* Eight groups of hex digits, `::` once for one or more that are left out. */
static int read_ipv6(const char *host, uint8_t bytes[16]) {
  uint16_t groups[8] = {0};
  int count = 0, gap = -1;
  if (host[0] == ':' && host[1] == ':') gap = 0;
  else if (host[0] == ':') return 0;
  if (gap == 0) host += 2;
  while (*host != 0) {
    int value = 0, digits = 0;
    if (count == 8) return 0;
    for (; digits < 4 && digit_of(host[digits]) < 16; digits++) value = value * 16 + digit_of(host[digits]);
    if (digits == 0) return 0;
    if (host[digits] == '.') {
      if (count > 6 || !read_ipv4_part(host, groups + count)) return 0;
      count += 2;
      break;
    }
    groups[count++] = (uint16_t)value;
    host += digits;
    if (*host == 0) break;
    if (*host++ != ':') return 0;
    if (*host == ':') {
      if (gap >= 0) return 0;
      gap = count;
      host++;
    } else if (*host == 0) return 0;
  }
  if (gap < 0 ? count != 8 : count == 8) return 0;
  for (int i = 0; i < 8; i++) {
    int left_out = 8 - count, from = gap < 0 || i < gap ? i : i - left_out;
    uint16_t group = gap >= 0 && i >= gap && i < gap + left_out ? 0 : groups[from];
    bytes[2 * i] = (uint8_t)(group >> 8);
    bytes[2 * i + 1] = (uint8_t)group;
  }
  return 1;
}

/* The number of an interface; 0, which is none, where there is none of this name. */
static uint32_t interface_index(const char *name) {
  enum { UNIX = 1, DATAGRAM = 2, GET_INDEX = 0x8933 };
  struct { char name[16]; int32_t index; char spare[20]; } request = {{0}, 0, {0}};
  if (length_of(name) > MAX_INTERFACE_BYTES) return 0;
  for (size_t i = 0; name[i] != 0; i++) request.name[i] = name[i];
  long socket = system_call(SYS_SOCKET, UNIX, DATAGRAM, 0, 0, 0);
  if (socket < 0) return 0;
  long result = system_call(SYS_IOCTL, socket, GET_INDEX, (long)&request, 0, 0);
  close_file(socket);
  return result == 0 ? (uint32_t)request.index : 0;
}

/* An address and what stands behind a `%`, which is the name of an interface. */
static int read_zoned_ipv6(const char *host, uint8_t bytes[16], uint32_t *zone) {
  char literal[MAX_IPV6_BYTES + 1];
  size_t length = 0;
  for (; host[length] != 0 && host[length] != '%'; length++) {
    if (length == MAX_IPV6_BYTES) return 0;
    literal[length] = host[length];
  }
  literal[length] = 0;
  *zone = 0;
  if (!read_ipv6(literal, bytes)) return 0;
  if (host[length] == 0) return 1;
  const char *name = host + length + 1;
  for (size_t i = 0; i == 0 || name[i] != 0; i++) {
    if (!is_name_character(name[i]) && name[i] != '.' && name[i] != '-') return 0;
  }
  *zone = interface_index(name);
  return 1;
}

size_t read_address(const char *host, int port, uint8_t address[ADDRESS_BYTES]) {
  uint32_t zone;
  for (int i = 0; i < ADDRESS_BYTES; i++) address[i] = 0;
  address[2] = (uint8_t)(port >> 8);
  address[3] = (uint8_t)port;
  if (read_ipv4(host, address + 4)) {
    address[0] = FAMILY_IPV4;
    return 16;
  }
  if (!read_zoned_ipv6(host, address + 8, &zone)) return 0;
  address[0] = FAMILY_IPV6;
  /* In the byte order of the machine; both that there are have the lowest first. */
  for (int i = 0; i < 4; i++, zone >>= 8) address[24 + i] = (uint8_t)zone;
  return ADDRESS_BYTES;
}

const char *address_of(const char *host, int turn) {
  static const char *const LOCALHOST[] = {"127.0.0.1", "::1"};
  if (is_word(host, "localhost")) return turn < 2 ? LOCALHOST[turn] : 0;
  return turn == 0 ? host : 0;
}
