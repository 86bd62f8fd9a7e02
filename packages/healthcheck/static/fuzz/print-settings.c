/*
 * Prints what each variable on the standard input, `NAME=value` and a zero, makes of the settings, on a line of its own. Built with a C library, for
 * the test that holds them to what core makes of the same.
 */
#include <stdio.h>
#include <string.h>

#include "../settings.h"

int main(void) {
  static char variables[1 << 24];
  size_t length = fread(variables, 1, sizeof variables - 1, stdin);
  for (char *variable = variables; variable < variables + length;) {
    char *next = variable + strlen(variable) + 1;
    struct settings settings = read_settings((char *[]){variable, 0});
    printf("%d %s %d %s\n", settings.admin_port, settings.admin_host, settings.control, settings.folders[0]);
    variable = next;
  }
  return 0;
}
