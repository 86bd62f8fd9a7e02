/* One question over HTTP/1.1, to a Unix socket or over TCP; however the other side behaves, it takes no more than its time. */
#ifndef PORTHOLE_QUESTION_H
#define PORTHOLE_QUESTION_H

#include <stddef.h>
#include <stdint.h>

enum { MAX_HEAD_BYTES = 8192, MAX_BODY_BYTES = 8192 };

enum reply {
  /* Nothing yet. */
  REPLY_PENDING,
  REPLY_ANSWER,
  /* Somebody who speaks no HTTP. */
  REPLY_GIBBERISH,
  /* Somebody who closes the connection without an answer. */
  REPLY_CLOSED,
  REPLY_NOBODY
};

struct question {
  long socket;
  /* What is sent, and how much of it has been. */
  char request[4096];
  size_t request_length, sent;
  char received[MAX_HEAD_BYTES + MAX_BODY_BYTES + 1];
  size_t received_length;
  /* Of the answer. */
  int status;
  const char *body;
};

/* A path, or an address of IP with a port. Whether it is one that can be asked. */
int ask_unix(struct question *question, const char *path);
int ask_tcp(struct question *question, const char *host, int port);

/* Appends to the request. */
void say(struct question *question, const char *part);

/* Goes on until there is a reply, or `deadline_ms` on the steady clock. */
enum reply wait_for_reply(struct question *question, int64_t deadline_ms);

/* The reply in what has been received; `ended` says that nothing more will come. */
enum reply read_reply(struct question *question, int ended);

#endif
