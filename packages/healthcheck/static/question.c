/* One question over HTTP/1.1. */
#include "question.h"
#include "address.h"
#include "system.h"
#include "text.h"

enum { FAMILY_UNIX = 1, STREAM = 1, NON_BLOCKING = 04000, CLOSE_ON_EXEC = 02000000 };
enum { UNIX_PATH_BYTES = 108 };

static int begin(struct question *question, int family, const void *address, size_t length) {
  question->request_length = question->sent = question->received_length = 0;
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
  uint8_t address[ADDRESS_BYTES];
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
    if (digits > 0 && has_prefix(head + at + digits, "\r\n")) return bytes < MAX_BODY_BYTES ? bytes : MAX_BODY_BYTES;
  }
  return MAX_BODY_BYTES;
}

enum reply read_reply(struct question *question, int ended) {
  char *received = question->received;
  size_t length, start;
  uint64_t status;
  for (;;) {
    length = question->received_length;
    received[length] = 0;
    size_t head = find_in(received, length, "\r\n\r\n");
    if (ended && length == 0) return REPLY_CLOSED;
    if (head == length || head > MAX_HEAD_BYTES) return ended || length > MAX_HEAD_BYTES ? REPLY_GIBBERISH : REPLY_PENDING;
    if (!has_prefix(received, "HTTP/1.1 ") && !has_prefix(received, "HTTP/1.0 ")) return REPLY_GIBBERISH;
    if (read_number(received + 9, &status) != 3 || status < 100 || (received[12] != ' ' && received[12] != '\r')) return REPLY_GIBBERISH;
    start = head + 4;
    /* After 101, which nobody asks for, no more HTTP comes. Others below 200 come before the final answer (RFC 9110, section 15.2). */
    if (status > 199 || status == 101) break;
    question->received_length -= start;
    for (size_t at = start; at < length; at++) received[at - start] = received[at];
  }
  size_t wanted = body_bytes(received, start);
  if (length - start < wanted && !ended && length < sizeof question->received - 1) return REPLY_PENDING;
  if (length - start > wanted) length = start + wanted;
  received[length] = 0;
  /* A zero in it is not its end. */
  for (size_t at = start; at < length; at++) {
    if (received[at] == 0) received[at] = 1;
  }
  question->status = (int)status;
  question->body = received + start;
  return REPLY_ANSWER;
}

/* Sends what is left of the request; whether there is a connection. */
static int send_more(struct question *question) {
  long sent = system_call(SYS_WRITE, question->socket, (long)(question->request + question->sent),
                          (long)(question->request_length - question->sent), 0, 0);
  if (sent > 0) question->sent += (size_t)sent;
  if (sent > 0 || sent == -EINTR_ERROR || sent == -EAGAIN_ERROR) return 1;
  /* It is broken off: what came before that is the answer. */
  int was_connected = question->sent > 0 || sent == -ECONNRESET_ERROR || sent == -EPIPE_ERROR;
  question->sent = question->request_length;
  return was_connected;
}

enum reply wait_for_reply(struct question *question, int64_t deadline_ms) {
  for (;;) {
    int64_t left = deadline_ms - clock_ms(CLOCK_STEADY);
    if (left <= 0) return REPLY_PENDING;
    int is_sent = question->sent == question->request_length;
    if (wait_for(question->socket, is_sent ? CAN_READ : CAN_WRITE, left) <= 0) continue;
    if (!is_sent) {
      if (!send_more(question)) return REPLY_NOBODY;
      continue;
    }
    size_t room = sizeof question->received - 1 - question->received_length;
    long got = read_file(question->socket, question->received + question->received_length, room);
    if (got == -EINTR_ERROR || got == -EAGAIN_ERROR) continue;
    if (got > 0) question->received_length += (size_t)got;
    enum reply reply = read_reply(question, got <= 0);
    if (reply != REPLY_PENDING) return reply;
  }
}
