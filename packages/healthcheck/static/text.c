/* Text of bounded length. */
#include "text.h"

/* The compiler calls these by itself; where there is a C library, as in the tests, it has them. */
#if !defined(PORTHOLE_HOSTED)
__attribute__((used)) void *memcpy(void *to, const void *from, size_t size) {
  for (size_t i = 0; i < size; i++) ((char *)to)[i] = ((const char *)from)[i];
  return to;
}

__attribute__((used)) void *memset(void *to, int value, size_t size) {
  for (size_t i = 0; i < size; i++) ((char *)to)[i] = (char)value;
  return to;
}
#endif

size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

int is_same(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return *a == *b;
}

int has_prefix(const char *text, const char *prefix) {
  while (*prefix != 0 && *text == *prefix) text++, prefix++;
  return *prefix == 0;
}

int has_suffix(const char *text, const char *suffix) {
  size_t length = length_of(text), wanted = length_of(suffix);
  return length >= wanted && is_same(text + length - wanted, suffix);
}

size_t find_in(const char *bytes, size_t length, const char *part) {
  size_t wanted = length_of(part);
  for (size_t at = 0; at + wanted <= length; at++) {
    size_t same = 0;
    while (same < wanted && bytes[at + same] == part[same]) same++;
    if (same == wanted) return at;
  }
  return length;
}

char lower_case(char character) {
  return character >= 'A' && character <= 'Z' ? (char)(character + 'a' - 'A') : character;
}

int is_name_character(char character) {
  char lower = lower_case(character);
  return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || lower == '_';
}

int is_word(const char *text, const char *word) {
  while (*word != 0 && lower_case(*text) == *word) text++, word++;
  return *text == 0 && *word == 0;
}

static int is_space(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');
}

/* How many bytes of UTF-8 at `text` are one white space of ECMAScript: ASCII's, and those of Unicode, such as the no-break space that comes along
   where a value is copied from a page. Reads no further than the zero at the end. */
static size_t white_space_at(const char *text) {
  const unsigned char *bytes = (const unsigned char *)text;
  if (is_space(*text)) return 1;
  if (bytes[0] == 0xc2) return bytes[1] == 0xa0 ? 2 : 0;
  if (bytes[0] == 0xe1) return bytes[1] == 0x9a && bytes[2] == 0x80 ? 3 : 0;
  if (bytes[0] == 0xe3) return bytes[1] == 0x80 && bytes[2] == 0x80 ? 3 : 0;
  if (bytes[0] == 0xef) return bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0;
  if (bytes[0] != 0xe2) return 0;
  if (bytes[1] == 0x81) return bytes[2] == 0x9f ? 3 : 0;
  if (bytes[1] != 0x80) return 0;
  return (bytes[2] >= 0x80 && bytes[2] <= 0x8a) || bytes[2] == 0xa8 || bytes[2] == 0xa9 || bytes[2] == 0xaf ? 3 : 0;
}

char *trim(char *text) {
  size_t space;
  while ((space = white_space_at(text)) > 0) text += space;
  char *end = text;
  for (char *at = text; *at != 0; at += space > 0 ? space : 1) {
    space = white_space_at(at);
    if (space == 0) end = at + 1;
  }
  *end = 0;
  return text;
}

void clear(struct text *text) {
  text->length = 0;
  text->bytes[0] = 0;
}

void add_bytes(struct text *text, const char *bytes, size_t length) {
  for (size_t i = 0; i < length && text->length < MAX_TEXT_BYTES; i++) text->bytes[text->length++] = bytes[i];
  text->bytes[text->length] = 0;
}

void add(struct text *text, const char *part) { add_bytes(text, part, length_of(part)); }

void add_number(struct text *text, uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  add_bytes(text, digits + at, sizeof digits - at);
}

void add_seconds(struct text *text, int64_t ms) {
  uint64_t tenths = ((uint64_t)ms + 50) / 100;
  add_number(text, tenths / 10);
  add(text, ".");
  add_number(text, tenths % 10);
  add(text, " s");
}

static const char ELLIPSIS[] = "\xe2\x80\xa6";

enum { MAX_QUOTED_BYTES = 80 };

void add_quoted(struct text *text, const char *part) {
  add(text, "\"");
  for (size_t i = 0; part[i] != 0; i++) {
    if (i == MAX_QUOTED_BYTES) {
      add(text, ELLIPSIS);
      break;
    }
    if (part[i] == '"' || part[i] == '\\') add(text, "\\");
    add_bytes(text, part + i, 1);
  }
  add(text, "\"");
}

size_t read_number(const char *text, uint64_t *number) {
  size_t length = 0;
  *number = 0;
  while (length < 15 && text[length] >= '0' && text[length] <= '9') *number = *number * 10 + (uint64_t)(text[length++] - '0');
  return length;
}

/* How many bytes at `at` are one character that steers a terminal: C0 and C1, DEL, and the marks of Unicode that turn its direction. */
static size_t control_at(const unsigned char *bytes, size_t left) {
  if (bytes[0] < 0x20 || bytes[0] == 0x7f) return 1;
  if (left >= 2 && bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] <= 0x9f) return 2;
  if (left < 3 || bytes[0] != 0xe2) return 0;
  if (bytes[1] == 0x80 && (bytes[2] == 0x8e || bytes[2] == 0x8f || (bytes[2] >= 0xa8 && bytes[2] <= 0xae))) return 3;
  return bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9 ? 3 : 0;
}

void make_printable(struct text *text, int keep_lines) {
  char *bytes = text->bytes;
  size_t to = 0;
  for (size_t from = 0; from < text->length;) {
    if (keep_lines && bytes[from] == '\n') {
      bytes[to++] = '\n';
      from++;
    } else if (is_space(bytes[from])) {
      /* A carriage return belongs to the line's end. */
      if (!keep_lines || bytes[from] != '\r') {
        if (keep_lines || (to > 0 && bytes[to - 1] != ' ')) bytes[to++] = ' ';
      }
      from++;
    } else {
      size_t control = control_at((const unsigned char *)bytes + from, text->length - from);
      bytes[to++] = control == 0 ? bytes[from] : '?';
      from += control == 0 ? 1 : control;
    }
  }
  while (to > 0 && is_space(bytes[to - 1])) to--;
  size_t start = 0;
  while (start < to && is_space(bytes[start])) start++;
  for (size_t i = start; i < to; i++) bytes[i - start] = bytes[i];
  text->length = to - start;
  bytes[text->length] = 0;
  if (text->length <= MAX_MESSAGE_BYTES) return;
  text->length = MAX_MESSAGE_BYTES - (sizeof ELLIPSIS - 1);
  /* Not within the bytes of one character (RFC 3629). */
  while (((unsigned char)bytes[text->length] & 0xc0) == 0x80) text->length--;
  add(text, ELLIPSIS);
}
