/* One question over HTTP/1.1. */
#include "question.h"
#include "system.h"
#include "text.h"

enum { FAMILY_UNIX = 1, FAMILY_IPV4 = 2, FAMILY_IPV6 = 10, STREAM = 1, NON_BLOCKING = 04000, CLOSE_ON_EXEC = 02000000 };
enum { UNIX_PATH_BYTES = 108 };

static int is_digit(char character) { return character >= '0' && character <= '9'; }

/* `127.0.0.1` as four bytes. */
static int read_ipv4(const char *host, uint8_t bytes[4]) {
  for (int i = 0; i < 4; i++) {
    uint64_t part;
    size_t digits = read_number(host, &part);
    if (digits == 0 || digits > 3 || part > 255) return 0;
    bytes[i] = (uint8_t)part;
    host += digits;
    if (*host != (i == 3 ? 0 : '.')) return 0;
    host++;
  }
  return 1;
}

static int hex_digit(char character) {
  char lower = lower_case(character);
  if (is_digit(lower)) return lower - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Eight groups of hex digits, `::` once for as many as are left out (RFC 4291); no IPv4 part and no zone. */
static int read_ipv6(const char *host, uint8_t bytes[16]) {
  int before = 0, after = -1;
  uint16_t groups[8] = {0}, tail[8] = {0};
  if (host[0] == ':' && host[1] != ':') return 0;
  while (*host != 0) {
    if (host[0] == ':' && host[1] == ':') {
      if (after >= 0) return 0;
      after = 0;
      host += 2;
      continue;
    }
    if (*host == ':') host++;
    int value = 0, digits = 0;
    for (; hex_digit(*host) >= 0 && digits < 5; host++, digits++) value = value * 16 + hex_digit(*host);
    if (digits == 0 || digits > 4 || before + (after < 0 ? 0 : after) >= 8) return 0;
    if (*host != 0 && *host != ':') return 0;
    if (after < 0) groups[before++] = (uint16_t)value;
    else tail[after++] = (uint16_t)value;
  }
  if (after < 0 ? before != 8 : before + after > 7) return 0;
  for (int i = 0; i < (after < 0 ? 0 : after); i++) groups[8 - after + i] = tail[i];
  for (int i = 0; i < 8; i++) {
    bytes[2 * i] = (uint8_t)(groups[i] >> 8);
    bytes[2 * i + 1] = (uint8_t)groups[i];
  }
  return 1;
}

size_t read_address(const char *host, int port, uint8_t address[28]) {
  const char *literal = is_same(host, "localhost") ? "127.0.0.1" : host;
  for (int i = 0; i < 28; i++) address[i] = 0;
  address[2] = (uint8_t)(port >> 8);
  address[3] = (uint8_t)port;
  if (read_ipv4(literal, address + 4)) {
    address[0] = FAMILY_IPV4;
    return 16;
  }
  if (!read_ipv6(literal, address + 8)) return 0;
  address[0] = FAMILY_IPV6;
  return 28;
}

static int begin(struct question *question, int family, const void *address, size_t length) {
  question->request_length = question->sent = question->received_length = 0;
  question->connected = 0;
  question->socket = system_call(SYS_SOCKET, family, STREAM | NON_BLOCKING | CLOSE_ON_EXEC, 0, 0, 0);
  if (question->socket < 0) return 0;
  long result = system_call(SYS_CONNECT, question->socket, (long)address, (long)length, 0, 0);
  if (result == 0 || result == -EINPROGRESS_ERROR) return 1;
  close_file(question->socket);
  return 0;
}

int ask_unix(struct question *question, const char *path) {
  struct { uint16_t family; char path[UNIX_PATH_BYTES]; } address = {FAMILY_UNIX, {0}};
  size_t length = length_of(path);
  if (length >= UNIX_PATH_BYTES) return 0;
  for (size_t i = 0; i < length; i++) address.path[i] = path[i];
  return begin(question, FAMILY_UNIX, &address, sizeof address);
}

int ask_tcp(struct question *question, const char *host, int port) {
  uint8_t address[28];
  size_t length = read_address(host, port, address);
  return length != 0 && begin(question, address[0], address, length);
}

void say(struct question *question, const char *part) {
  for (; *part != 0 && question->request_length < sizeof question->request; part++) {
    question->request[question->request_length++] = *part;
  }
}

/* The number behind `Content-Length:`, or as much as is taken where there is none. */
static size_t body_bytes(const char *head, size_t length) {
  const char *name = "\r\ncontent-length:";
  size_t wanted = length_of(name);
  for (size_t at = 0; at + wanted <= length; at++) {
    size_t same = 0;
    while (same < wanted && lower_case(head[at + same]) == name[same]) same++;
    if (same < wanted) continue;
    uint64_t bytes;
    at += wanted;
    while (at < length && head[at] == ' ') at++;
    size_t digits = read_number(head + at, &bytes);
    if (digits > 0 && head[at + digits] == '\r') return bytes < MAX_BODY_BYTES ? bytes : MAX_BODY_BYTES;
  }
  return MAX_BODY_BYTES;
}

enum reply read_reply(struct question *question, int ended) {
  char *received = question->received;
  size_t length = question->received_length;
  received[length] = 0;
  size_t head = find_in(received, length, "\r\n\r\n");
  if (head == length || head > MAX_HEAD_BYTES) return ended || length > MAX_HEAD_BYTES ? REPLY_GIBBERISH : REPLY_PENDING;
  const char *line = received;
  if (!has_prefix(line, "HTTP/1.1 ") && !has_prefix(line, "HTTP/1.0 ")) return REPLY_GIBBERISH;
  uint64_t status;
  if (read_number(line + 9, &status) != 3 || (line[12] != ' ' && line[12] != '\r')) return REPLY_GIBBERISH;
  size_t start = head + 4, wanted = body_bytes(received, start);
  if (length - start < wanted && !ended && length < sizeof question->received - 1) return REPLY_PENDING;
  if (length - start > wanted) received[start + wanted] = 0;
  question->status = (int)status;
  question->body = received + start;
  return REPLY_ANSWER;
}

/* Sends what is left of the request. */
static void send_more(struct question *question) {
  long sent = system_call(SYS_WRITE, question->socket, (long)(question->request + question->sent),
                          (long)(question->request_length - question->sent), 0, 0);
  if (sent > 0) question->sent += (size_t)sent;
}

enum reply wait_for_reply(struct question *question, int64_t deadline_ms) {
  for (;;) {
    int64_t left = deadline_ms - clock_ms(CLOCK_STEADY);
    if (left <= 0) return REPLY_PENDING;
    int is_sent = question->sent == question->request_length;
    if (wait_for(question->socket, is_sent ? CAN_READ : CAN_WRITE, left) <= 0) continue;
    if (!is_sent) {
      size_t before = question->sent;
      send_more(question);
      if (question->sent > before) {
        question->connected = 1;
        continue;
      }
      /* The connection was refused, or is gone: what came before that is the answer. */
      if (!question->connected) return REPLY_NOBODY;
    }
    size_t room = sizeof question->received - 1 - question->received_length;
    long got = read_file(question->socket, question->received + question->received_length, room);
    if (got == -EINTR_ERROR) continue;
    if (got < 0 && question->received_length == 0) return REPLY_NOBODY;
    if (got > 0) question->received_length += (size_t)got;
    enum reply reply = read_reply(question, got <= 0);
    if (reply != REPLY_PENDING) return reply;
  }
}
