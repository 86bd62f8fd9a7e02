/* The app in this PID namespace. See core's control-directory.ts, heartbeat-file.ts and prove-control-sockets.ts, which this follows. */
#include "control.h"
#include "system.h"
#include "text.h"

enum { MODE_PRIVATE = 0700, MODE_PERMISSIONS = 0777, DIRECTORY_BYTES = 4096 };

/* getdents64(2). */
struct directory_entry {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

/* Called with each name in a directory. */
typedef void on_name(void *context, const char *name);

static void list(const char *path, on_name *each, void *context) {
  _Alignas(8) char entries[DIRECTORY_BYTES];
  long directory = open_file(path);
  if (directory < 0) return;
  for (;;) {
    long size = system_call(SYS_GETDENTS64, directory, (long)entries, sizeof entries, 0, 0);
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      struct directory_entry *entry = (struct directory_entry *)(entries + at);
      each(context, entry->name);
      at += entry->size;
    }
  }
  close_file(directory);
}

int join_path(char *path, const char *const parts[]) {
  size_t length = 0;
  for (int i = 0; parts[i] != 0; i++) {
    for (const char *part = parts[i]; *part != 0; part++) {
      if (length + 1 >= MAX_PATH_BYTES) return 0;
      path[length++] = *part;
    }
  }
  path[length] = 0;
  return 1;
}

int read_text(const char *path, char *into, size_t size) {
  long file = open_file(path);
  if (file < 0) return 0;
  size_t length = 0;
  while (length < size - 1) {
    long got = read_file(file, into + length, size - 1 - length);
    if (got <= 0) break;
    length += (size_t)got;
  }
  close_file(file);
  into[length] = 0;
  return 1;
}

static void write_number(char digits[21], uint64_t number) {
  size_t at = 20;
  digits[20] = 0;
  do digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  for (size_t i = at; i <= 20; i++) digits[i - at] = digits[i];
}

static int is_running(uint64_t pid) {
  long result = system_call(SYS_KILL, (long)pid, 0, 0, 0, 0);
  return result == 0 || result == -EPERM_ERROR;
}

/* The name of a file `<pid><ending>`, or 0. */
static uint64_t pid_in(const char *name, const char *ending) {
  uint64_t pid;
  size_t digits = read_number(name, &pid);
  return digits > 0 && digits < 10 && name[0] != '0' && is_same(name + digits, ending) ? pid : 0;
}

/* ---- The files of running processes, in the private directories ---- */

struct search {
  const char *folder;
  const char *ending;
  char namespace[21];
  uint64_t own_pid, own_uid;
  char directory[MAX_PATH_BYTES];
  void (*found)(void *context, uint64_t pid, const char *path);
  void *context;
};

static void look_at_file(void *context, const char *name) {
  struct search *search = context;
  char path[MAX_PATH_BYTES];
  uint64_t pid = pid_in(name, search->ending);
  if (pid == 0 || pid == search->own_pid || !is_running(pid)) return;
  if (join_path(path, (const char *const[]){search->directory, "/", name, 0})) search->found(search->context, pid, path);
}

/* A directory that is not the private one of the user it is named after holds nothing of the app's. */
static void look_in(struct search *search, const char *name, uint64_t uid) {
  struct file_status status;
  if (!join_path(search->directory, (const char *const[]){search->folder, "/", name, 0})) return;
  if (file_status_of(search->directory, 0, &status) != 0) return;
  if ((status.mode & MODE_TYPE) != MODE_DIRECTORY || status.uid != uid) return;
  if ((status.mode & MODE_PERMISSIONS) == MODE_PRIVATE) list(search->directory, look_at_file, search);
}

/* `porthole-<uid>-<inode of the PID namespace>`. */
static void look_at_directory(void *context, const char *name) {
  struct search *search = context;
  const char *prefix = "porthole-";
  uint64_t uid;
  if (!has_prefix(name, prefix)) return;
  size_t digits = read_number(name + length_of(prefix), &uid);
  const char *rest = name + length_of(prefix) + digits;
  if (digits == 0 || *rest != '-' || !is_same(rest + 1, search->namespace)) return;
  look_in(search, name, uid);
}

/* By its name, and not in the list of the folder, which need not be readable. */
static void look_at_own_directory(struct search *search) {
  char uid[21], name[MAX_PATH_BYTES];
  write_number(uid, search->own_uid);
  if (join_path(name, (const char *const[]){"porthole-", uid, "-", search->namespace, 0})) look_in(search, name, search->own_uid);
}

static void find_files(const struct settings *settings, const char *ending,
                       void (*found)(void *, uint64_t, const char *), void *context) {
  struct file_status status;
  struct search search = {.ending = ending, .found = found, .context = context};
  if (file_status_of("/proc/self/ns/pid", 1, &status) != 0) status.inode = 0;
  write_number(search.namespace, status.inode);
  search.own_pid = (uint64_t)system_call(SYS_GETPID, 0, 0, 0, 0, 0);
  search.own_uid = (uint64_t)system_call(SYS_GETUID, 0, 0, 0, 0, 0);
  for (int i = 0; i < 2 && settings->folders[i] != 0; i++) {
    search.folder = settings->folders[i];
    /* Root looks at all users' directories, everybody else at their own. */
    if (search.own_uid == 0) list(search.folder, look_at_directory, &search);
    else look_at_own_directory(&search);
  }
}

/* ---- The proof ---- */

struct proof_search {
  uint64_t pid;
  char wanted[64];
  char identity[48];
  char *proof;
};

/* `<64 hex digits> <device>:<inode>`, in an open file that has no name any more. */
static void look_at_open_file(void *context, const char *name) {
  struct proof_search *search = context;
  char pid[21], path[MAX_PATH_BYTES], link[MAX_PATH_BYTES], held[160];
  write_number(pid, search->pid);
  if (!join_path(path, (const char *const[]){"/proc/", pid, "/fd/", name, 0})) return;
  long length = system_call(SYS_READLINKAT, AT_FDCWD_VALUE, (long)path, (long)link, sizeof link - 1, 0);
  if (length <= 0) return;
  link[length] = 0;
  if (!has_suffix(link, search->wanted) || !read_text(path, held, sizeof held)) return;
  if (length_of(held) <= PROOF_BYTES || held[PROOF_BYTES] != ' ') return;
  if (!is_same(held + PROOF_BYTES + 1, search->identity)) return;
  for (size_t i = 0; i < PROOF_BYTES; i++) search->proof[i] = held[i];
}

/* As Node.js has a device's number: glibc's makedev(3). */
static uint64_t device_of(const struct file_status *status) {
  uint64_t major = status->device_major, minor = status->device_minor;
  return ((major & 0xfffff000u) << 32) | ((major & 0xfffu) << 8) | ((minor & 0xffffff00u) << 12) | (minor & 0xffu);
}

/* Whether the process holds a proof for the very socket at `path`; another may have been put in its place. */
static int read_proof(uint64_t pid, const char *path, char proof[PROOF_BYTES + 1]) {
  struct file_status status;
  struct proof_search search = {.pid = pid, .proof = proof};
  char number[21], second[21], descriptors[MAX_PATH_BYTES];
  for (size_t i = 0; i <= PROOF_BYTES; i++) proof[i] = 0;
  if (file_status_of(path, 0, &status) != 0 || (status.mode & MODE_TYPE) != MODE_SOCKET) return 0;
  char joined[MAX_PATH_BYTES];
  write_number(number, device_of(&status));
  write_number(second, status.inode);
  join_path(joined, (const char *const[]){number, ":", second, 0});
  for (size_t i = 0; i <= length_of(joined); i++) search.identity[i] = joined[i];
  write_number(number, pid);
  join_path(joined, (const char *const[]){"/", number, ".porthole-proof (deleted)", 0});
  for (size_t i = 0; i <= length_of(joined); i++) search.wanted[i] = joined[i];
  join_path(descriptors, (const char *const[]){"/proc/", number, "/fd", 0});
  list(descriptors, look_at_open_file, &search);
  return proof[0] != 0;
}

struct socket_search {
  struct control_socket *best;
  uint64_t *unproven;
};

static void consider_socket(void *context, uint64_t pid, const char *path) {
  struct socket_search *search = context;
  struct control_socket *best = search->best;
  char proof[PROOF_BYTES + 1];
  if (best->pid == 1 || best->pid == pid) return;
  if (!read_proof(pid, path, proof)) {
    if (*search->unproven == 0 || pid < *search->unproven) *search->unproven = pid;
    return;
  }
  best->is_one_of_several = best->pid != 0;
  if (best->pid != 0 && best->pid < pid) return;
  best->pid = pid;
  join_path(best->path, (const char *const[]){path, 0});
  for (size_t i = 0; i <= PROOF_BYTES; i++) best->proof[i] = proof[i];
}

int find_control_socket(const struct settings *settings, struct control_socket *socket, uint64_t *unproven) {
  struct socket_search search = {socket, unproven};
  socket->pid = 0;
  socket->is_one_of_several = 0;
  *unproven = 0;
  find_files(settings, ".sock", consider_socket, &search);
  return socket->pid != 0;
}

struct heartbeat_search {
  uint64_t pid;
  int64_t changed_ms;
  struct text path;
};

static void consider_heartbeat(void *context, uint64_t pid, const char *path) {
  struct heartbeat_search *best = context;
  struct file_status status;
  if (best->pid != 0 && best->pid <= pid) return;
  if (file_status_of(path, 1, &status) != 0) return;
  best->pid = pid;
  clear(&best->path);
  add(&best->path, path);
  best->changed_ms = status.modified.seconds * 1000 + status.modified.nanoseconds / 1000000;
}

static const char HEARTBEAT[] = ".heartbeat";

/* What the witness has left beside the heartbeat; nothing, where there is none. */
static void read_stack(struct text *heartbeat, char *stack, size_t size) {
  heartbeat->length -= sizeof HEARTBEAT - 1;
  heartbeat->bytes[heartbeat->length] = 0;
  add(heartbeat, ".stack");
  if (!read_text(heartbeat->bytes, stack, size)) stack[0] = 0;
}

int find_heartbeat(const struct settings *settings, uint64_t *pid, int64_t *age_ms, char *stack, size_t size) {
  static struct heartbeat_search best;
  find_files(settings, HEARTBEAT, consider_heartbeat, &best);
  stack[0] = 0;
  if (best.pid != 0) read_stack(&best.path, stack, size);
  int64_t age = clock_ms(CLOCK_WALL) - best.changed_ms;
  *pid = best.pid;
  *age_ms = age < 0 ? 0 : age;
  return best.pid != 0;
}
