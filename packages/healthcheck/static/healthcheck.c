/*
 * The probe as a program that needs nothing at run time: `HEALTHCHECK CMD ["/healthcheck"]` in an image of any language. It says and does what
 * `node app.js healthcheck` does (src/probe.ts), and exits with 0 or 1.
 */
#include "address.h"
#include "arguments.h"
#include "control.h"
#include "process.h"
#include "question.h"
#include "settings.h"
#include "system.h"
#include "text.h"

enum { HEALTHY = 0, UNHEALTHY = 1, STANDARD_OUTPUT = 1, STANDARD_ERROR = 2 };

/* After this time without an answer it is looked at why. */
enum { PATIENCE_MS = 400 };

/* A beat comes once a second, and may be as late as the event loop is busy. */
enum { BLOCKED_MS = 1500 };

static const char *const PASSED[] = {"live", "ready", "started"};
static const char *const CONTROL_TARGETS[] = {"/v1/health/live", "/v1/health/ready", "/v1/health/startup"};
static const char *const ADMIN_TARGETS[] = {"/livez", "/readyz", "/startupz"};

static struct question question;
static struct text message;

/* What a person should know beside the message. */
static struct text note;

__attribute__((noreturn)) static void end(int code, int keep_lines) {
  if (note.length > 0) system_call(SYS_WRITE, STANDARD_ERROR, (long)note.bytes, (long)note.length, 0, 0);
  make_printable(&message, keep_lines);
  add(&message, "\n");
  system_call(SYS_WRITE, code == HEALTHY ? STANDARD_OUTPUT : STANDARD_ERROR, (long)message.bytes, (long)message.length, 0, 0);
  leave(code);
}

static void begin_unhealthy(const struct arguments *arguments) {
  clear(&message);
  add(&message, "not ");
  add(&message, PASSED[arguments->probe]);
  add(&message, ": ");
}

static void add_no_answer(const struct arguments *arguments) {
  add(&message, "no answer within ");
  add_number(&message, (uint64_t)arguments->timeout_ms);
  add(&message, " ms");
}

/* What somebody does who is there and does not answer. */
static void add_without_answer(enum reply reply) {
  add(&message, reply == REPLY_CLOSED ? " closes the connection without an answer" : " does not speak HTTP");
}

static const char FAILED[] = " failed";
static const char WITHHELD[] = ": reason withheld";

static int is_in_check_name(char character) {
  return is_name_character(character) || character == '.' || character == '-';
}

/* The failed checks of a verbose answer, with their reasons where it tells them; not those that fail a probe by no more than a warning. */
static void add_failed_checks(const char *body) {
  int found = 0;
  while (*body != 0) {
    size_t line = find_in(body, length_of(body), "\n"), end = line;
    /* Of the end of the line. */
    if (body[line] == '\n' && line > 0 && body[line - 1] == '\r') end--;
    size_t name_end = has_prefix(body, "[-]") ? 3 : 0;
    while (name_end > 0 && is_in_check_name(body[name_end])) name_end++;
    const char *after = body + name_end + sizeof FAILED - 1;
    if (name_end > 3 && has_prefix(body + name_end, FAILED) && (after == body + end || has_prefix(after, ": "))) {
      size_t left = (size_t)(body + end - after);
      if (found++ > 0) add(&message, ", ");
      add_bytes(&message, body + 3, name_end - 3);
      add(&message, FAILED);
      if (left > 2 && !(left == sizeof WITHHELD - 1 && has_prefix(after, WITHHELD))) {
        add(&message, " (");
        add_bytes(&message, after + 2, left - 2);
        add(&message, ")");
      }
    }
    body += line;
    if (*body == '\n') body++;
  }
  if (found == 0) add(&message, "no reason given");
}

/* Says what the answer means, and ends. */
static void judge_answer(const struct arguments *arguments, const char *name) {
  int healthy = question.status == 200;
  if (!healthy && question.status != 503) {
    begin_unhealthy(arguments);
    add(&message, name);
    add(&message, " answers ");
    add_number(&message, (uint64_t)question.status);
    end(UNHEALTHY, 0);
  }
  clear(&message);
  if (arguments->verbose) {
    add(&message, question.body);
    end(healthy ? HEALTHY : UNHEALTHY, 1);
  }
  if (healthy) {
    add(&message, PASSED[arguments->probe]);
    end(HEALTHY, 0);
  }
  begin_unhealthy(arguments);
  add_failed_checks(question.body);
  end(UNHEALTHY, 0);
}

struct silence {
  int known, blocked;
  int64_t age_ms;
  struct text text;
};

static struct silence silence;

/* What the heartbeat and the process of the app say. */
static void judge_silence(const struct settings *settings) {
  /* As much as a message may have. */
  static char stack[MAX_MESSAGE_BYTES + 1];
  uint64_t pid;
  silence.known = find_heartbeat(settings, &pid, &silence.age_ms, stack, sizeof stack);
  if (!silence.known) return;
  int is_unknown = silence.age_ms == AGE_UNKNOWN;
  silence.blocked = silence.age_ms >= BLOCKED_MS && !is_unknown;
  clear(&silence.text);
  if (is_unknown) add(&silence.text, "its last heartbeat is in the future");
  else {
    add(&silence.text, silence.blocked ? "event loop blocked for " : "its event loop turned ");
    add_seconds(&silence.text, silence.age_ms);
  }
  if (!silence.blocked && !is_unknown) {
    add(&silence.text, " ago");
    return;
  }
  add(&silence.text, " (pid ");
  add_number(&silence.text, pid);
  add_process_state(&silence.text, pid);
  add(&silence.text, ")");
  if (silence.blocked && stack[0] != 0) {
    add(&silence.text, " at ");
    add(&silence.text, stack);
  }
}

/* An app that is busy lives, until it has been for too long; it takes no traffic meanwhile. */
static void judge_no_answer(const struct arguments *arguments) {
  int lives = silence.known && arguments->probe == PROBE_LIVE && silence.age_ms <= arguments->blocked_ms;
  begin_unhealthy(arguments);
  if (lives) {
    clear(&message);
    add(&message, "live, but busy: ");
  }
  if (!silence.known || !silence.blocked) add_no_answer(arguments);
  if (silence.known && !silence.blocked) add(&message, "; ");
  if (silence.known) add(&message, silence.text.bytes);
  end(lives ? HEALTHY : UNHEALTHY, 0);
}

/* Goes on to the next place where nobody is here, or somebody who is not the app; ends otherwise. */
static void ask_patiently(const struct arguments *arguments, const struct settings *settings, const char *name, int64_t end_ms) {
  int64_t now_ms = clock_ms(CLOCK_STEADY), left_ms = end_ms - now_ms;
  enum reply reply = wait_for_reply(&question, now_ms + (left_ms / 2 < PATIENCE_MS ? left_ms / 2 : PATIENCE_MS));
  if (reply == REPLY_PENDING) {
    judge_silence(settings);
    if (!silence.known || !silence.blocked) reply = wait_for_reply(&question, end_ms);
  }
  close_file(question.socket);
  if (reply == REPLY_PENDING) judge_no_answer(arguments);
  if (reply == REPLY_GIBBERISH || reply == REPLY_CLOSED) {
    begin_unhealthy(arguments);
    add(&message, name);
    add_without_answer(reply);
    end(UNHEALTHY, 0);
  }
  /* 403: the socket is another program's, under a pid that has been used again. */
  if (reply == REPLY_ANSWER && question.status != 403) judge_answer(arguments, name);
}

static void say_request(const char *target, const char *query, const char *host) {
  say(&question, "GET ");
  say(&question, target);
  say(&question, query);
  say(&question, " HTTP/1.1\r\nHost: ");
  say(&question, host);
  say(&question, "\r\nConnection: close\r\n");
}

/* Why nobody was found; the later place first, as the one that a person sets. */
static struct text missing[2];

/* In a container pid 1 is the app, whatever else runs there. */
static void note_others(const struct control_socket *socket) {
  if (!socket->is_one_of_several || socket->pid == 1) return;
  add(&note, "several apps run here: using pid ");
  add_number(&note, socket->pid);
  add(&note, "; give each its own PORTHOLE_DIR\n");
}

static void ask_control_socket(const struct arguments *arguments, const struct settings *settings, int64_t end_ms) {
  static struct control_socket socket;
  uint64_t unproven;
  struct text *why = &missing[1], name;
  clear(why);
  if (!settings->control) {
    add(why, "PORTHOLE_CONTROL is off");
    return;
  }
  if (!find_control_socket(settings, &socket, &unproven)) {
    if (unproven == 0) add(why, "no control socket");
    else {
      add(why, "cannot verify the control socket of pid ");
      add_number(why, unproven);
      add(why, "; run as the app's user");
    }
    return;
  }
  note_others(&socket);
  clear(&name);
  add(&name, "the control socket of pid ");
  add_number(&name, socket.pid);
  if (ask_unix(&question, socket.path)) {
    say_request(CONTROL_TARGETS[arguments->probe], "?verbose", "localhost");
    say(&question, "Accept: text/plain\r\nporthole-proof: ");
    say(&question, socket.proof);
    say(&question, "\r\n\r\n");
    ask_patiently(arguments, settings, name.bytes, end_ms);
  }
  clear(&note);
  add(why, name.bytes);
  add(why, " does not answer");
}

static void ask_admin_port(const struct arguments *arguments, const struct settings *settings, int64_t end_ms) {
  struct text *why = &missing[0], name;
  uint8_t bytes[ADDRESS_BYTES];
  const char *address = address_of(settings->admin_host, 0);
  clear(why);
  if (settings->admin_port == PORT_OFF) {
    add(why, "PORTHOLE_ADMIN_PORT is off");
    return;
  }
  if (settings->admin_port == 0) {
    add(why, "PORTHOLE_ADMIN_PORT is 0 (any free port)");
    return;
  }
  int is_ipv6 = find_in(settings->admin_host, length_of(settings->admin_host), ":") < length_of(settings->admin_host);
  clear(&name);
  if (is_ipv6) add(&name, "[");
  add(&name, settings->admin_host);
  add(&name, is_ipv6 ? "]:" : ":");
  add_number(&name, (uint64_t)settings->admin_port);
  if (read_address(address, settings->admin_port, bytes) == 0) {
    add(why, "PORTHOLE_ADMIN_HOST is a name, which this program cannot look up");
    return;
  }
  for (int turn = 0; (address = address_of(settings->admin_host, turn)) != 0; turn++) {
    if (!ask_tcp(&question, address, settings->admin_port)) continue;
    say_request(ADMIN_TARGETS[arguments->probe], "?verbose", "localhost");
    say(&question, "Accept: text/plain\r\n\r\n");
    ask_patiently(arguments, settings, name.bytes, end_ms);
  }
  add(why, "nothing answers on ");
  add(why, name.bytes);
  add(why, " (PORTHOLE_ADMIN_PORT)");
}

static void add_missing(void) {
  add(&message, missing[0].bytes);
  add(&message, " and ");
  add(&message, missing[1].bytes);
}

__attribute__((noreturn)) static void ask_app(const struct arguments *arguments, const struct settings *settings) {
  int64_t end_ms = clock_ms(CLOCK_STEADY) + arguments->timeout_ms;
  ask_control_socket(arguments, settings, end_ms);
  ask_admin_port(arguments, settings, end_ms);
  /* An app that was told to answer nowhere still has its heartbeat, which says whether it lives. */
  if (arguments->probe == PROBE_LIVE) judge_silence(settings);
  clear(&message);
  if (!silence.known || arguments->probe != PROBE_LIVE) {
    add(&message, "no running app found: ");
    add_missing();
    end(UNHEALTHY, 0);
  }
  int lives = silence.age_ms <= arguments->blocked_ms;
  add(&message, lives ? "live: " : "not live: ");
  add(&message, silence.text.bytes);
  if (lives) {
    add(&message, " (no control socket or admin port: ");
    add_missing();
    add(&message, ")");
  }
  end(lives ? HEALTHY : UNHEALTHY, 0);
}

__attribute__((noreturn)) static void ask_url(const struct arguments *arguments) {
  static struct url url;
  if (!read_url(arguments->url, arguments->allow_remote, &url, &message)) end(UNHEALTHY, 0);
  clear(&message);
  add(&message, "not healthy: ");
  int64_t end_ms = clock_ms(CLOCK_STEADY) + arguments->timeout_ms;
  enum reply reply = REPLY_NOBODY;
  uint8_t bytes[ADDRESS_BYTES];
  const char *address = address_of(url.host, 0);
  if (read_address(address, url.port, bytes) == 0) {
    add(&message, url.name);
    add(&message, " is a name, which this program cannot look up");
    end(UNHEALTHY, 0);
  }
  for (int turn = 0; reply == REPLY_NOBODY && (address = address_of(url.host, turn)) != 0; turn++) {
    if (!ask_tcp(&question, address, url.port)) continue;
    say_request(*url.target == '/' ? "" : "/", url.target, url.host_field);
    say(&question, "Accept: */*\r\n\r\n");
    reply = wait_for_reply(&question, end_ms);
  }
  if (reply == REPLY_NOBODY) add(&message, "nothing answers on ");
  add(&message, url.name);
  if (reply == REPLY_PENDING) {
    add(&message, " gives ");
    add_no_answer(arguments);
  }
  if (reply == REPLY_GIBBERISH || reply == REPLY_CLOSED) add_without_answer(reply);
  if (reply != REPLY_ANSWER) end(UNHEALTHY, 0);
  add(&message, " answers ");
  add_number(&message, (uint64_t)question.status);
  if (question.status < 200 || question.status > 399) end(UNHEALTHY, 0);
  clear(&message);
  add(&message, "healthy: ");
  add(&message, url.name);
  add(&message, " answers ");
  add_number(&message, (uint64_t)question.status);
  end(HEALTHY, 0);
}

__attribute__((noreturn)) void probe(int count, char *const words[], char *const environment[]) {
  static struct arguments arguments;
  ignore_broken_pipes();
  if (!read_arguments(count, words, &arguments, &message)) end(UNHEALTHY, 0);
  if (arguments.url != 0) ask_url(&arguments);
  struct settings settings = read_settings(environment);
  ask_app(&arguments, &settings);
}
