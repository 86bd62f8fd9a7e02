/* Text of bounded length: what does not fit is cut. */
#ifndef PORTHOLE_TEXT_H
#define PORTHOLE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Docker keeps this much of a health check's output. */
enum { MAX_MESSAGE_BYTES = 4096 };

/* A whole answer and what is said before it. */
enum { MAX_TEXT_BYTES = 9216 };

/* Always ends in a zero, which `length` does not count. */
struct text {
  char bytes[MAX_TEXT_BYTES + 1];
  size_t length;
};

size_t length_of(const char *text);
int is_same(const char *a, const char *b);
int has_prefix(const char *text, const char *prefix);
int has_suffix(const char *text, const char *suffix);
/* Where `part` begins in the first `length` bytes, or `length`. */
size_t find_in(const char *bytes, size_t length, const char *part);
char lower_case(char character);
/* Whether `text` begins with `prefix`, which is in lower case, in any case. */
int has_prefix_in_any_case(const char *text, const char *prefix);
/* A letter or a digit of ASCII, or an underscore. */
int is_name_character(char character);
/* Whether `text` is `word`, which is in lower case, in any case. */
int is_word(const char *text, const char *word);

/* Without the white space around it, which is cut off in place: all that String.prototype.trim() takes for it. */
char *trim(char *text);

void clear(struct text *text);
void add(struct text *text, const char *part);
void add_bytes(struct text *text, const char *bytes, size_t length);
void add_number(struct text *text, uint64_t number);
/* `11.4 s`. */
void add_seconds(struct text *text, int64_t ms);
/* As JSON has it, on one line and not longer than one. See quote.ts. */
void add_quoted(struct text *text, const char *part);

/* Decimal digits at the beginning of `text`, 15 at most; how many bytes they are. */
size_t read_number(const char *text, uint64_t *number);

/* Replaces what could steer a terminal, makes one line of several unless they are kept, trims both ends, and cuts what is more than
   MAX_MESSAGE_BYTES, no character torn. */
void make_printable(struct text *text, int keep_lines);

#endif
