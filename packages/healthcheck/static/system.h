/*
 * Linux by its system calls alone: the program has no C library, so that it is small, needs nothing at run time, and is built for both
 * architectures from one source. Each function returns what the kernel does: a result, or a negated errno.
 */
#ifndef PORTHOLE_SYSTEM_H
#define PORTHOLE_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
enum {
  SYS_READ = 0, SYS_WRITE = 1, SYS_CLOSE = 3, SYS_SOCKET = 41, SYS_CONNECT = 42, SYS_GETPID = 39, SYS_KILL = 62,
  SYS_GETUID = 102, SYS_GETDENTS64 = 217, SYS_CLOCK_GETTIME = 228, SYS_EXIT_GROUP = 231, SYS_OPENAT = 257,
  SYS_READLINKAT = 267, SYS_PPOLL = 271, SYS_RT_SIGACTION = 13, SYS_IOCTL = 16, SYS_STATX = 332
};

enum { OPEN_DIRECTORY = 0200000, OPEN_NO_FOLLOW = 0400000 };

static inline long system_call(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum {
  SYS_READ = 63, SYS_WRITE = 64, SYS_CLOSE = 57, SYS_SOCKET = 198, SYS_CONNECT = 203, SYS_GETPID = 172, SYS_KILL = 129,
  SYS_GETUID = 174, SYS_GETDENTS64 = 61, SYS_CLOCK_GETTIME = 113, SYS_EXIT_GROUP = 94, SYS_OPENAT = 56,
  SYS_READLINKAT = 78, SYS_PPOLL = 73, SYS_RT_SIGACTION = 134, SYS_IOCTL = 29, SYS_STATX = 291
};

enum { OPEN_DIRECTORY = 040000, OPEN_NO_FOLLOW = 0100000 };

static inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#else
#error "this architecture is not supported"
#endif

enum { EPERM_ERROR = 1, EINTR_ERROR = 4, EAGAIN_ERROR = 11, EPIPE_ERROR = 32, ECONNRESET_ERROR = 104, EINPROGRESS_ERROR = 115 };

enum { AT_FDCWD_VALUE = -100, AT_SYMLINK_NOFOLLOW_VALUE = 0x100, AT_EMPTY_PATH_VALUE = 0x1000 };
enum { OPEN_READ = 0, OPEN_NON_BLOCKING = 04000, OPEN_CLOEXEC = 02000000 };

struct timestamp {
  int64_t seconds;
  int64_t nanoseconds;
};

enum { CLOCK_WALL = 0, CLOCK_STEADY = 1 };

/* Milliseconds on the clock. */
static inline int64_t clock_ms(int clock) {
  struct timestamp now = {0, 0};
  system_call(SYS_CLOCK_GETTIME, clock, (long)&now, 0, 0, 0);
  return now.seconds * 1000 + now.nanoseconds / 1000000;
}

/* statx(2); what is not used has no name. */
struct file_status {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, uid, gid;
  uint16_t mode, spare0;
  uint64_t inode, size, blocks, attributes_mask;
  struct { int64_t seconds; uint32_t nanoseconds; int32_t reserved; } accessed, born, changed, modified;
  uint32_t device_major_of_node, device_minor_of_node, device_major, device_minor;
  uint64_t spare[14];
};

enum { STATX_BASIC_STATS_VALUE = 0x7ff };
enum { MODE_TYPE = 0170000, MODE_DIRECTORY = 0040000, MODE_REGULAR = 0100000, MODE_SOCKET = 0140000 };

static inline long file_status_of(const char *path, int follow, struct file_status *status) {
  int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW_VALUE;
  return system_call(SYS_STATX, AT_FDCWD_VALUE, (long)path, flags, STATX_BASIC_STATS_VALUE, (long)status);
}

static inline long status_of_open_file(long file, struct file_status *status) {
  return system_call(SYS_STATX, file, (long)"", AT_EMPTY_PATH_VALUE, STATX_BASIC_STATS_VALUE, (long)status);
}

/* Never waits, as for a writer of a pipe. */
static inline long open_file(const char *path, int flags) {
  return system_call(SYS_OPENAT, AT_FDCWD_VALUE, (long)path, OPEN_READ | OPEN_NON_BLOCKING | OPEN_CLOEXEC | flags, 0, 0);
}

static inline long read_file(long file, void *into, size_t size) {
  return system_call(SYS_READ, file, (long)into, (long)size, 0, 0);
}

static inline void close_file(long file) { system_call(SYS_CLOSE, file, 0, 0, 0, 0); }

/* poll(2)'s events. */
enum { CAN_READ = 1, CAN_WRITE = 4 };

/* Waits until `file` is ready or `ms` are over; above 0 where it is ready. A negative `file` only waits. */
static inline long wait_for(long file, short events, int64_t ms) {
  struct { int32_t file; int16_t events, ready; } one = {(int32_t)file, events, 0};
  struct timestamp time = {ms < 0 ? 0 : ms / 1000, ms < 0 ? 0 : ms % 1000 * 1000000};
  return system_call(SYS_PPOLL, (long)&one, file < 0 ? 0 : 1, (long)&time, 0, 8);
}

/* From now on a reader that has gone is an error of the call, and does not end the program. */
static inline void ignore_broken_pipes(void) {
  enum { BROKEN_PIPE = 13, IGNORE = 1, SIGNAL_SET_BYTES = 8 };
  /* The kernel's sigaction: what to do, flags, and what is not used here. */
  long action[4] = {IGNORE, 0, 0, 0};
  system_call(SYS_RT_SIGACTION, BROKEN_PIPE, (long)action, 0, SIGNAL_SET_BYTES, 0);
}

__attribute__((noreturn)) static inline void leave(int code) {
  for (;;) system_call(SYS_EXIT_GROUP, code, 0, 0, 0, 0);
}

#endif
