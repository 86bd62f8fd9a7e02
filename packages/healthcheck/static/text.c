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

int has_prefix_in_any_case(const char *text, const char *prefix) {
  while (*prefix != 0 && lower_case(*text) == *prefix) text++, prefix++;
  return *prefix == 0;
}

int is_word(const char *text, const char *word) {
  return has_prefix_in_any_case(text, word) && text[length_of(word)] == 0;
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

/* Each byte may become three: U+FFFD. */
struct shown {
  char bytes[3 * MAX_TEXT_BYTES + 1];
  size_t length;
};

static const char ELLIPSIS[] = "\xe2\x80\xa6";

/* How many bytes are one character of UTF-8 (RFC 3629), or as many of one as a decoder replaces by one U+FFFD (the Encoding Standard); `left` is 1 or more. */
static size_t character_at(const char *text, size_t left, int *is_valid) {
  const unsigned char *bytes = (const unsigned char *)text;
  unsigned char first = bytes[0], low = 0x80, high = 0xbf;
  size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0, at = 1;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  for (; at < size && at < left && bytes[at] >= low && bytes[at] <= high; at++) low = 0x80, high = 0xbf;
  *is_valid = at == size;
  return at;
}

enum { MAX_QUOTED_CHARACTERS = 80 };

/* As JSON.stringify has it; what is left of control characters is taken out when it is shown. */
void add_quoted(struct text *text, const char *part) {
  static const char SHORT[] = "\bb\tt\nn\ff\rr\"\"\\\\", HEX[] = "0123456789abcdef";
  size_t left = length_of(part);
  add(text, "\"");
  for (int count = 0; left > 0; count++) {
    if (count == MAX_QUOTED_CHARACTERS) {
      add(text, ELLIPSIS);
      break;
    }
    int is_valid;
    size_t size = character_at(part, left, &is_valid), at = 0;
    while (SHORT[at] != 0 && SHORT[at] != *part) at += 2;
    if (SHORT[at] != 0) {
      add(text, "\\");
      add_bytes(text, SHORT + at + 1, 1);
    } else if (*part > 0 && *part < ' ') {
      add(text, "\\u00");
      add_bytes(text, *part & 0x10 ? "1" : "0", 1);
      add_bytes(text, HEX + (*part & 0xf), 1);
    } else add_bytes(text, part, size);
    part += size;
    left -= size;
  }
  add(text, "\"");
}

size_t read_number(const char *text, uint64_t *number) {
  size_t length = 0;
  *number = 0;
  while (length < 15 && text[length] >= '0' && text[length] <= '9') *number = *number * 10 + (uint64_t)(text[length++] - '0');
  return length;
}

/* Whether a character, of which there are all bytes, steers a terminal: C0 and C1, DEL, and the marks of Unicode that turn its direction. */
static int is_control(const unsigned char *bytes) {
  if (bytes[0] < 0x20 || bytes[0] == 0x7f) return 1;
  if (bytes[0] == 0xc2) return bytes[1] <= 0x9f;
  if (bytes[0] == 0xd8) return bytes[1] == 0x9c;
  if (bytes[0] != 0xe2) return 0;
  if (bytes[1] == 0x80) return bytes[2] == 0x8e || bytes[2] == 0x8f || (bytes[2] >= 0xa8 && bytes[2] <= 0xae);
  return bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9;
}

/* One character, or white space, at `from`, as it is shown; how many bytes it has taken. */
static size_t add_shown(struct shown *shown, const char *from, size_t left, int keep_lines) {
  size_t space = white_space_at(from);
  int is_valid;
  if (!keep_lines && space > 0) {
    if (shown->length == 0 || shown->bytes[shown->length - 1] != ' ') shown->bytes[shown->length++] = ' ';
    return space;
  }
  if (keep_lines && from[0] == '\r' && from[1] == '\n') return 1;
  size_t size = character_at(from, left, &is_valid);
  const char *as = from;
  size_t length = size;
  if (!is_valid) as = "\xef\xbf\xbd", length = 3;
  else if (keep_lines && *from == '\t') as = " ";
  else if (is_control((const unsigned char *)from) && !(keep_lines && *from == '\n')) as = "?", length = 1;
  for (size_t i = 0; i < length; i++) shown->bytes[shown->length++] = as[i];
  return size;
}

/* See probe-message.ts, which this follows. */
void make_printable(struct text *text, int keep_lines) {
  static struct shown shown;
  shown.length = 0;
  for (size_t from = 0; from < text->length;) from += add_shown(&shown, text->bytes + from, text->length - from, keep_lines);
  shown.bytes[shown.length] = 0;
  const char *trimmed = trim(shown.bytes);
  size_t length = length_of(trimmed), kept = length;
  if (length > MAX_MESSAGE_BYTES) {
    kept = MAX_MESSAGE_BYTES - (sizeof ELLIPSIS - 1);
    while (((unsigned char)trimmed[kept] & 0xc0) == 0x80) kept--;
  }
  clear(text);
  add_bytes(text, trimmed, kept);
  if (kept < length) add(text, ELLIPSIS);
}
