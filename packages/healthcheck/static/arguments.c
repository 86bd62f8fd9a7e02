/* The arguments. */
#include "arguments.h"

#include "address.h"

static int fail(struct text *mistake, const char *before, const char *shown, const char *after) {
  clear(mistake);
  add(mistake, before);
  if (shown != 0) add_quoted(mistake, shown);
  add(mistake, after);
  return 0;
}

/* `800ms`, `2s`, `1.5s`, `1m` or a bare number of milliseconds; 1 ms to 60 s. See core's parse-duration.ts, which this follows. */
static int read_time(char *argument, int64_t *ms) {
  const char *text = trim(argument);
  uint64_t whole, part = 0;
  size_t digits = read_number(text, &whole), decimals = 0;
  if (digits == 0 || digits > 9) return 0;
  text += digits;
  if (*text == '.') {
    decimals = read_number(++text, &part);
    if (decimals == 0 || decimals > 3) return 0;
    text += decimals;
  }
  for (; decimals < 3; decimals++) part *= 10;
  uint64_t thousandths = whole * 1000 + part;
  if (is_word(text, "s")) *ms = (int64_t)thousandths;
  else if (is_word(text, "m")) *ms = (int64_t)(thousandths * 60);
  else if (is_word(text, "ms") || *text == 0) *ms = (int64_t)((thousandths + 500) / 1000);
  else return 0;
  return *ms >= 1 && *ms <= 60000;
}

static const char ALLOWED[] =
    "; allowed: --timeout 800ms, --blocked-for 10s, --url http://127.0.0.1:3000/health, --allow-remote, --verbose";

/* The value of `--name value` or `--name=value`; 0 where the word is another option. `at` moves on to the value. */
static char *value_of(int count, char *const words[], int *at, const char *name, const char **missing) {
  char *word = words[*at];
  if (!has_prefix(word, name)) return 0;
  char *rest = word + length_of(name);
  if (*rest == '=') return rest + 1;
  if (*rest != 0) return 0;
  if (*at + 1 < count) return words[++*at];
  *missing = name;
  return 0;
}

int read_arguments(int count, char *const words[], struct arguments *arguments, struct text *mistake) {
  static const char *const PROBES[] = {"live", "ready", "startup"};
  *arguments = (struct arguments){.probe = PROBE_READY, .timeout_ms = 800, .blocked_ms = 10000};
  const char *given = 0, *missing = 0;
  char *value;
  for (int at = 1; at < count; at++) {
    const char *word = words[at];
    if (is_same(word, "--verbose")) arguments->verbose = 1;
    else if (is_same(word, "--allow-remote")) arguments->allow_remote = 1;
    else if ((value = value_of(count, words, &at, "--timeout", &missing)) != 0) {
      if (!read_time(value, &arguments->timeout_ms))
        return fail(mistake, "healthcheck: --timeout takes 1ms to 60s, such as \"800ms\" or \"2s\"", 0, "");
    } else if ((value = value_of(count, words, &at, "--blocked-for", &missing)) != 0) {
      if (!read_time(value, &arguments->blocked_ms))
        return fail(mistake, "healthcheck: --blocked-for takes 1ms to 60s, such as \"10s\"", 0, "");
    } else if ((value = value_of(count, words, &at, "--url", &missing)) != 0) arguments->url = value;
    else if (missing != 0) return fail(mistake, "healthcheck: ", missing, " needs a value");
    else if (word[0] == '-') return fail(mistake, "healthcheck: unknown option ", word, ALLOWED);
    else {
      int probe = 0;
      while (probe < 3 && !is_same(word, PROBES[probe])) probe++;
      if (probe == 3 || given != 0)
        return fail(mistake, "healthcheck: unexpected ", word, "; allowed is one word of live, ready, startup");
      given = word;
      arguments->probe = (enum probe)probe;
    }
  }
  if (arguments->url != 0 && given != 0) return fail(mistake, "healthcheck: --url asks for itself, not for ", given, "");
  return 1;
}

/* 127.0.0.0/8 and ::1, however they are written. */
static int is_loopback(const char *host) {
  uint8_t address[ADDRESS_BYTES];
  if (is_same(host, "localhost")) return 1;
  size_t length = read_address(host, 0, address);
  if (length == 0) return 0;
  if (length < ADDRESS_BYTES) return address[4] == 127;
  for (size_t i = 8; i < 23; i++) {
    if (address[i] != 0) return 0;
  }
  return address[23] == 1;
}

int read_url(const char *text, int allow_remote, struct url *url, struct text *mistake) {
  static const char SCHEME[] = "http://";
  static const char EXPECTED[] = " is not valid: expected a URL such as http://127.0.0.1:3000/health";
  if (has_prefix(text, "https://")) return fail(mistake, "--url ", text, " is not valid: the probe speaks no TLS; ask the server by http:");
  if (!has_prefix(text, SCHEME)) return fail(mistake, "--url ", text, EXPECTED);
  const char *authority = text + sizeof SCHEME - 1, *end = authority;
  while (*end != 0 && *end != '/' && *end != '?' && *end != '#') {
    if (*end == '@') return fail(mistake, "--url takes no user and no password: a process list shows them", 0, "");
    end++;
  }
  int bracketed = *authority == '[';
  const char *host = authority + bracketed, *host_end = host;
  while (host_end < end && *host_end != (bracketed ? ']' : ':')) host_end++;
  size_t length = (size_t)(host_end - host);
  if (length == 0 || length >= sizeof url->host || (bracketed && host_end == end)) return fail(mistake, "--url ", text, EXPECTED);
  for (size_t i = 0; i < length; i++) url->host[i] = lower_case(host[i]);
  url->host[length] = 0;
  /* Brackets are for IPv6, and a URL has no zone. */
  uint8_t address[ADDRESS_BYTES];
  int is_ipv6 = read_address(url->host, 0, address) == ADDRESS_BYTES && find_in(url->host, length, "%") == length;
  if (bracketed != is_ipv6) return fail(mistake, "--url ", text, EXPECTED);
  const char *rest = host_end + bracketed;
  uint64_t port = 80;
  if (rest < end) {
    size_t digits = read_number(rest + 1, &port);
    if (digits == 0) port = 80;
    if (*rest != ':' || rest + 1 + digits != end || port > 65535) return fail(mistake, "--url ", text, EXPECTED);
  }
  for (const char *character = end; *character != 0; character++) {
    if (*character <= ' ' || *character == 0x7f) return fail(mistake, "--url ", text, EXPECTED);
  }
  if (!allow_remote && !is_loopback(url->host)) {
    return fail(mistake, "--url ", text,
                " is not on this machine: a health check that asks another one fails with it; --allow-remote asks all the same");
  }
  url->port = (int)port;
  url->target = end;
  struct text name;
  clear(&name);
  if (bracketed) add(&name, "[");
  add(&name, url->host);
  add(&name, bracketed ? "]:" : ":");
  add_number(&name, port);
  for (size_t i = 0; i <= name.length; i++) url->name[i] = name.bytes[i];
  return 1;
}
