/* The arguments. */
#include "arguments.h"

#include "address.h"

enum { MAX_HOST_BYTES = 253, MAX_URL_BYTES = 2000 };

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

/* Those with a value have an example of it. */
enum flag { TIMEOUT, BLOCKED_FOR, URL, ALLOW_REMOTE, VERBOSE, FLAG_COUNT };
static const char *const FLAGS[] = {"--timeout", "--blocked-for", "--url", "--allow-remote", "--verbose"};
static const char *const EXAMPLES[] = {"800ms", "10s", "http://127.0.0.1:3000/health", 0, 0};

/* The flag with this name, which ends at its length or at a zero before it; FLAG_COUNT if there is none. */
static int flag_of(const char *name, size_t length) {
  int flag = 0;
  while (flag < FLAG_COUNT && !(has_prefix(name, FLAGS[flag]) && length_of(FLAGS[flag]) == length)) flag++;
  return flag;
}

/* See parse-flags.ts and run-healthcheck.ts, which this follows. */
int read_arguments(int count, char *const words[], struct arguments *arguments, struct text *mistake) {
  static const char *const PROBES[] = {"live", "ready", "startup"};
  *arguments = (struct arguments){.probe = PROBE_READY, .timeout_ms = 800, .blocked_ms = 10000};
  char *values[FLAG_COUNT] = {0};
  const char *given = 0;
  int only_words = 0;
  for (int at = 1; at < count; at++) {
    char *word = words[at];
    if (only_words || word[0] != '-' || word[1] == 0) {
      int probe = 0;
      while (probe < 3 && !is_same(word, PROBES[probe])) probe++;
      if (probe == 3 || given != 0)
        return fail(mistake, "healthcheck: unexpected ", word, "; expected one of live, ready, startup");
      given = word;
      arguments->probe = (enum probe)probe;
      continue;
    }
    if (is_same(word, "--")) {
      only_words = 1;
      continue;
    }
    size_t length = length_of(word), equals = find_in(word, length, "=");
    if (word[1] != '-' || equals < 3) equals = length;
    int flag = flag_of(word, equals), is_joined = equals < length;
    word[equals] = 0;
    if (flag == FLAG_COUNT) return fail(mistake, "healthcheck: unknown option ", word, ALLOWED);
    if (EXAMPLES[flag] == 0) {
      values[flag] = word;
      if (!is_joined) continue;
      fail(mistake, "healthcheck: ", 0, FLAGS[flag]);
      add(mistake, " takes no value");
      return 0;
    }
    values[flag] = is_joined ? word + equals + 1 : at + 1 < count ? words[++at] : 0;
    if (values[flag] != 0) continue;
    fail(mistake, "healthcheck: ", 0, FLAGS[flag]);
    add(mistake, " needs a value: ");
    add(mistake, EXAMPLES[flag]);
    return 0;
  }
  arguments->url = values[URL];
  arguments->allow_remote = values[ALLOW_REMOTE] != 0;
  arguments->verbose = values[VERBOSE] != 0;
  if (values[TIMEOUT] != 0 && !read_time(values[TIMEOUT], &arguments->timeout_ms))
    return fail(mistake, "healthcheck: --timeout takes 1ms to 60s, such as \"800ms\" or \"2s\"", 0, "");
  if (values[BLOCKED_FOR] != 0 && !read_time(values[BLOCKED_FOR], &arguments->blocked_ms))
    return fail(mistake, "healthcheck: --blocked-for takes 1ms to 60s, such as \"10s\"", 0, "");
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

/* Whether it ends in a number, as no name does. */
static int ends_in_number(const char *host) {
  const char *label = host;
  for (const char *at = host; *at != 0; at++) {
    if (*at == '.') label = at + 1;
  }
  int is_hex = label[0] == '0' && label[1] == 'x';
  if (is_hex) label += 2;
  else if (*label == 0) return 0;
  while ((*label >= '0' && *label <= '9') || (is_hex && *label >= 'a' && *label <= 'f')) label++;
  return *label == 0;
}

/* Copies a name or an address in lower case, of which brackets are for IPv6; how many bytes of the URL it has taken, 0 if it is neither. */
static size_t read_host(const char *from, struct url *url) {
  uint8_t address[ADDRESS_BYTES];
  size_t length = 0, bracket = *from == '[';
  for (const char *at = from + bracket;; at++, length++) {
    int is_part = is_name_character(*at) || *at == '.' || (bracket ? *at == ':' : *at == '-');
    if (!is_part) break;
    if (length == MAX_HOST_BYTES) return 0;
    url->host[length] = lower_case(*at);
  }
  url->host[length] = 0;
  if (length == 0 || (bracket && from[1 + length] != ']')) return 0;
  size_t read = read_address(url->host, 0, address);
  if (bracket) return read == ADDRESS_BYTES ? length + 2 : 0;
  return read == 0 && ends_in_number(url->host) ? 0 : length;
}

/* Behind the host: `:3000`. 80 if there is none. How many bytes it has; `port` is 0 if it is not one. */
static size_t read_port(const char *from, uint64_t *port) {
  *port = 80;
  if (*from != ':') return 0;
  size_t zeros = 1, length = 1;
  while (from[zeros] == '0') zeros++;
  size_t digits = read_number(from + zeros, port);
  while (from[length] != 0 && from[length] != '/' && from[length] != '?' && from[length] != '#') length++;
  if (length == 1) *port = 80;
  else if (zeros + digits != length || *port > 65535) *port = 0;
  return length;
}

/* What is wrong with the text of a URL before it is taken apart; 0 if it is right. See find-url-target.ts, which this follows. */
static const char *mistake_in(const char *text) {
  if (has_prefix_in_any_case(text, "https:")) return " is not valid: the probe has no TLS; use http:";
  for (const char *at = text; *at != 0; at++) {
    if (*at <= ' ' || *at >= 0x7f)
      return " is not valid: percent-encode spaces, control and non-ASCII characters (%20)";
  }
  return length_of(text) > MAX_URL_BYTES ? " is not valid: it has more than 2000 characters" : 0;
}

static int has_user(const char *text) {
  size_t length = length_of(text), scheme = find_in(text, length, "://");
  const char *at = text;
  for (; *at != 0 && *at != '/' && *at != '?' && *at != '#'; at++) {
    if (*at == '@') return 1;
  }
  if (at != text + scheme + 1) return 0;
  for (at += 2; *at != 0 && *at != '/' && *at != '?' && *at != '#'; at++) {
    if (*at == '@') return 1;
  }
  return 0;
}

int read_url(char *given, int allow_remote, struct url *url, struct text *mistake) {
  static const char SCHEME[] = "http://";
  static const char EXPECTED[] = " is not valid: expected a URL such as http://127.0.0.1:3000/health";
  const char *text = trim(given), *wrong = mistake_in(text);
  if (has_user(text)) return fail(mistake, "--url takes no user and no password: a process list shows them", 0, "");
  if (wrong != 0) return fail(mistake, "--url ", text, wrong);
  if (!has_prefix_in_any_case(text, SCHEME)) return fail(mistake, "--url ", text, EXPECTED);
  const char *at = text + sizeof SCHEME - 1;
  int is_bracketed = *at == '[';
  size_t host_bytes = read_host(at, url);
  at += host_bytes;
  uint64_t port;
  size_t port_bytes = read_port(at, &port);
  at += port_bytes;
  if (host_bytes == 0 || (*at != 0 && *at != '/' && *at != '?' && *at != '#')) return fail(mistake, "--url ", text, EXPECTED);
  if (port == 0) return fail(mistake, "--url ", text, " is not valid: its port is not from 1 to 65535");
  if (!allow_remote && !is_loopback(url->host)) {
    return fail(mistake, "--url ", text,
                " is not on this machine, so it would fail with another one; --allow-remote permits it");
  }
  url->port = (int)port;
  url->target = at;
  /* What is behind the # is not sent. */
  given[at - given + (long)find_in(at, length_of(at), "#")] = 0;
  struct text name;
  clear(&name);
  if (is_bracketed) add(&name, "[");
  add(&name, url->host);
  if (is_bracketed) add(&name, "]");
  if (port == 80) for (size_t i = 0; i <= name.length; i++) url->host_field[i] = name.bytes[i];
  add(&name, ":");
  add_number(&name, port);
  for (size_t i = 0; i <= name.length; i++) url->name[i] = name.bytes[i];
  if (port != 80) for (size_t i = 0; i <= name.length; i++) url->host_field[i] = name.bytes[i];
  return 1;
}
