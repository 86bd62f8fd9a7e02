/*
 * Prints each text on the standard input, which ends in a zero, as a message of one line, as one of several, and in quotes, each with a zero behind it.
 * Built with a C library, for the test that holds them to what the probe in Node.js makes of the same.
 */
#include <stdio.h>
#include <string.h>

#include "../text.h"

int main(void) {
  static char texts[1 << 24];
  static struct text text;
  size_t length = fread(texts, 1, sizeof texts - 1, stdin);
  for (char *one = texts; one < texts + length; one += strlen(one) + 1) {
    for (int form = 0; form < 3; form++) {
      clear(&text);
      if (form == 2) add_quoted(&text, one);
      else add(&text, one);
      make_printable(&text, form == 1);
      fwrite(text.bytes, 1, text.length + 1, stdout);
    }
  }
}
