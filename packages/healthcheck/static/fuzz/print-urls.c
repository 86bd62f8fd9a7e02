/*
 * Prints for each text on the standard input, which ends in a zero, what is asked where it is the URL of a server, or what is wrong with it, on a line of
 * its own. Built with a C library, for the test that holds them to what the probe in Node.js makes of the same.
 */
#include <stdio.h>
#include <string.h>

#include "../arguments.h"

int main(void) {
  static char texts[1 << 24];
  static struct text mistake;
  static struct url url;
  size_t length = fread(texts, 1, sizeof texts - 1, stdin);
  for (char *one = texts; one < texts + length;) {
    char *next = one + strlen(one) + 1;
    if (read_url(one, 0, &url, &mistake)) printf("%s %s%s %s\n", url.name, *url.target == '/' ? "" : "/", url.target, url.host_field);
    else {
      make_printable(&mistake, 0);
      puts(mistake.bytes);
    }
    one = next;
  }
}
