/* What a process is doing: proc_pid_stat(5) of its main thread, and the memory of its container. See process-state.ts, which this follows. */
#include "process.h"
#include "control.h"
#include "system.h"

/* How long the process is looked at. The kernel counts in ticks of 10 ms. */
enum { LOOK_MS = 50, BUSY_TICKS = 2 };

struct thread {
  char state;
  uint64_t ticks;
};

static int read_thread(uint64_t pid, struct thread *thread) {
  struct text path;
  char stat[1024];
  clear(&path);
  add(&path, "/proc/");
  add_number(&path, pid);
  add(&path, "/task/");
  add_number(&path, pid);
  add(&path, "/stat");
  if (!read_text(path.bytes, stat, sizeof stat)) return 0;
  /* The second field is the program's name, which may have spaces and brackets in it. */
  size_t at = length_of(stat);
  while (at > 0 && stat[at] != ')') at--;
  if (at == 0 || stat[at + 1] == 0) return 0;
  at += 2;
  thread->state = stat[at];
  thread->ticks = 0;
  /* User and system time are 11 and 12 fields further on. */
  for (int field = 0; field < 13 && stat[at] != 0; field++) {
    uint64_t number;
    read_number(stat + at, &number);
    if (field >= 11) thread->ticks += number;
    while (stat[at] != 0 && stat[at] != ' ') at++;
    if (stat[at] == ' ') at++;
  }
  return 1;
}

/* A whole number in a file; 0 where there is none, or more than a machine has. */
static uint64_t read_count(const char *path) {
  char content[64];
  uint64_t number;
  if (!read_text(path, content, sizeof content)) return 0;
  size_t digits = read_number(content, &number);
  return digits > 0 && (content[digits] == '\n' || content[digits] == 0) ? number : 0;
}

/* A line of memory.stat. */
static uint64_t read_stat(const char *path, const char *name) {
  char content[4096];
  uint64_t number;
  if (!read_text(path, content, sizeof content)) return 0;
  size_t length = length_of(content), at = find_in(content, length, name);
  return at < length && read_number(content + at + length_of(name), &number) > 0 ? number : 0;
}

/* The container's memory, of which less than a fiftieth is left; cgroup version 2, then 1. */
static int is_full(uint64_t *used, uint64_t *limit) {
  uint64_t usage = read_count("/sys/fs/cgroup/memory.current");
  *limit = read_count("/sys/fs/cgroup/memory.max");
  uint64_t cache = read_stat("/sys/fs/cgroup/memory.stat", "\ninactive_file ");
  if (usage == 0) {
    usage = read_count("/sys/fs/cgroup/memory/memory.usage_in_bytes");
    *limit = read_count("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    cache = read_stat("/sys/fs/cgroup/memory/memory.stat", "\ntotal_inactive_file ");
  }
  *used = usage > cache ? usage - cache : 0;
  return *limit > 0 && *used > *limit / 50 * 49;
}

enum { MEGABYTE = 1 << 20 };

void add_process_state(struct text *text, uint64_t pid) {
  struct thread before, after;
  uint64_t used, limit;
  if (!read_thread(pid, &before)) return;
  wait_for(-1, 0, LOOK_MS);
  if (!read_thread(pid, &after) || after.state == 'Z' || after.state == 'X') add(text, " has ended");
  else if (after.state == 'T' || after.state == 't') add(text, " is stopped");
  else if (is_full(&used, &limit)) {
    add(text, " has no memory left (");
    add_number(text, (used + MEGABYTE / 2) / MEGABYTE);
    add(text, " of ");
    add_number(text, (limit + MEGABYTE / 2) / MEGABYTE);
    add(text, " MB)");
  } else if (after.ticks - before.ticks >= BUSY_TICKS) add(text, " is running on the CPU");
  /* It could run, and others do, or the quota of its container is used up. */
  else add(text, before.state == 'R' && after.state == 'R' ? " is waiting for the CPU" : " is waiting");
}
