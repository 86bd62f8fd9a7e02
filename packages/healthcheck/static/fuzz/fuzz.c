/*
 * Feeds what comes from outside with bytes that are nearly right, for as many rounds as the first argument says, from the seed of the second. It is
 * built with a C library and the sanitizers, which end it where something is wrong; what it prints is how many rounds there were.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../address.h"
#include "../arguments.h"
#include "../question.h"
#include "../settings.h"
#include "../text.h"

static uint64_t state;

/* xorshift64* (Vigna 2016). */
static uint32_t random_below(uint32_t limit) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)((state * 2685821657736338717u) >> 33) % limit;
}

static const char *const PIECES[] = {
    "HTTP/1.1 200 OK\r\n", "HTTP/1.0 503 \r\n", "HTTP/1.1 99", "HTTP/1.1 100 \r\n\r\n", "HTTP/2 200\r\n", "Content-Length: 5\r\n", "content-length: 99999999999999999999\r\n",
    "content-length:\r\n", "\r\n\r\n", "\r\n", "\r", "\n", "[-]db failed: refused\n", "[+]cache ok\n", " failed", "[-]", ": reason withheld",
    "http://", "127.0.0.1", "[::1]", "localhost", ":80", ":99999", "/health?x=1#y", "@", "::", "1:2:3:4:5:6:7:8", "ffff", "255.256.1.1", "--url", "=",
    "--timeout", "800ms", "60.001s", "9999999999999999", ".", "\xc2\x85", "\xe2\x80\xae", "\xe2\x80", "\xf0\x9f\x98\x80", "\x1b[2J", "off", "PORTHOLE_ADMIN_PORT=",
    "PORTHOLE_DIR=", "TMPDIR=/x/", "PORTHOLE_CONTROL=NO", "PORTHOLE_ADMIN_HOST=", " ", "\t", "\xc2\xa0", "\xe2\x80\xa8", "\xef\xbb\xbf", "%lo", "::ffff:",
    "0x7f", ".010", "4294967296",
};

/* Pieces and single bytes, joined; a string of its own size, so that a read behind its end is noticed. */
static char *make_input(size_t *length) {
  static char joined[40000];
  size_t size = 0, pieces = random_below(random_below(20) == 0 ? 3000 : 12);
  for (size_t i = 0; i < pieces && size < sizeof joined - 64; i++) {
    if (random_below(4) == 0) joined[size++] = (char)(1 + random_below(255));
    else {
      const char *piece = PIECES[random_below(sizeof PIECES / sizeof *PIECES)];
      memcpy(joined + size, piece, strlen(piece));
      size += strlen(piece);
    }
  }
  char *input = malloc(size + 1);
  memcpy(input, joined, size);
  input[size] = 0;
  *length = size;
  return input;
}

static void feed_reply(const char *input, size_t length) {
  static struct question question;
  memset(&question, 0, sizeof question);
  size_t room = sizeof question.received - 1;
  /* In pieces, as it comes over a connection. */
  while (question.received_length < room) {
    size_t left = length < room - question.received_length ? length : room - question.received_length;
    size_t piece = left == 0 ? 0 : 1 + random_below((uint32_t)left);
    memcpy(question.received + question.received_length, input, piece);
    question.received_length += piece;
    input += piece;
    length -= piece;
    enum reply reply = read_reply(&question, piece == 0);
    if (reply == REPLY_ANSWER && (question.status < 0 || question.status > 999 || strlen(question.body) > MAX_BODY_BYTES)) abort();
    if (reply != REPLY_PENDING || piece == 0) return;
  }
}

static void feed_text(const char *input) {
  struct text text;
  for (int keep_lines = 0; keep_lines < 2; keep_lines++) {
    clear(&text);
    add(&text, input);
    add_quoted(&text, input);
    make_printable(&text, keep_lines);
    if (text.length > MAX_MESSAGE_BYTES || strlen(text.bytes) != text.length) abort();
    for (size_t i = 0; i < text.length; i++) {
      unsigned char byte = (unsigned char)text.bytes[i];
      if ((byte < 0x20 && !(keep_lines && byte == '\n')) || byte == 0x7f) abort();
    }
  }
}

/* An environment that is nearly right, of which every value must come out right. */
static void feed_settings(const char *first, const char *second) {
  static const char *const NAMES[] = {"PORTHOLE_ADMIN_PORT=", "PORTHOLE_ADMIN_HOST=", "PORTHOLE_DIR=", "PORTHOLE_CONTROL=", "TMPDIR=", ""};
  static const char HOST_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-:%";
  char *variables[3] = {0, 0, 0};
  for (int i = 0; i < 2; i++) {
    const char *value = i == 0 ? first : second, *name = NAMES[random_below(sizeof NAMES / sizeof *NAMES)];
    variables[i] = malloc(strlen(name) + strlen(value) + 1);
    strcpy(variables[i], name);
    strcat(variables[i], value);
  }
  struct settings settings = read_settings(variables);
  if (settings.admin_port < PORT_OFF || settings.admin_port > 65535) abort();
  size_t length = strlen(settings.admin_host);
  if (length == 0 || length > 253 || strspn(settings.admin_host, HOST_CHARACTERS) != length) abort();
  if (settings.folders[0][0] == 0) abort();
  free(variables[0]);
  free(variables[1]);
}

int main(int count, char *words[]) {
  long rounds = count > 1 ? atol(words[1]) : 1000;
  state = count > 2 ? strtoull(words[2], 0, 10) | 1 : 1;
  for (long round = 0; round < rounds; round++) {
    size_t length;
    char *input = make_input(&length), *second = make_input(&length);
    struct text mistake;
    struct arguments arguments;
    struct url url;
    uint8_t address[ADDRESS_BYTES];
    feed_reply(input, strlen(input));
    feed_text(input);
    read_arguments(3, (char *[]){"healthcheck", input, second, 0}, &arguments, &mistake);
    read_url(input, (int)random_below(2), &url, &mistake);
    read_address(input, (int)random_below(65536), address);
    feed_settings(input, second);
    free(input);
    free(second);
  }
  printf("%ld rounds\n", rounds);
  return 0;
}
