/* The app in this PID namespace. See core's control-directory.ts and prove-control-sockets.ts, which this follows. */
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

/* Lists a directory that is open, and closes it. */
static void list_open(long directory, on_name *each, void *context) {
  _Alignas(8) char entries[DIRECTORY_BYTES];
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

static void list(const char *path, on_name *each, void *context) {
  long directory = open_file(path, OPEN_DIRECTORY);
  if (directory >= 0) list_open(directory, each, context);
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

static size_t read_open(long file, char *into, size_t size) {
  size_t length = 0;
  while (length < size - 1) {
    long got = read_file(file, into + length, size - 1 - length);
    if (got <= 0) break;
    length += (size_t)got;
  }
  into[length] = 0;
  return length;
}

int read_text(const char *path, char *into, size_t size) {
  long file = open_file(path, 0);
  if (file < 0) return 0;
  read_open(file, into, size);
  close_file(file);
  return 1;
}

/* As read_text, of a regular file of `uid` and nothing else: others may write to its folder. `flags` is OPEN_NO_FOLLOW, or 0 for a link that the
   kernel has made. See core's read-private-file.ts. */
static int read_private_file(const char *path, int flags, uint64_t uid, char *into, size_t size, struct file_status *status) {
  long file = open_file(path, flags);
  if (file < 0) return 0;
  int is_private = status_of_open_file(file, status) == 0 && (status->mode & MODE_TYPE) == MODE_REGULAR && status->uid == uid;
  if (is_private) {
    size_t length = read_open(file, into, size);
    /* A zero in it is not its end. */
    for (size_t i = 0; i < length; i++) {
      if (into[i] == 0) into[i] = 1;
    }
  }
  close_file(file);
  return is_private;
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

/* A file of a process, in the directory of the user `uid`. */
struct found_file {
  uint64_t pid, uid;
  /* How near it is to who looks: of the same user, and of a process in the same working directory. */
  int rank;
  char path[MAX_PATH_BYTES];
};

typedef void on_file(void *context, const struct found_file *file);

struct search {
  const char *folder;
  const char *ending;
  char namespace[21];
  uint64_t own_pid, own_uid, uid;
  char directory[MAX_PATH_BYTES];
  on_file *found;
  void *context;
};

/* Whether the working directory of the process is that of this one. */
static int is_in_own_folder(uint64_t pid) {
  struct file_status own, status;
  char number[21], path[64];
  write_number(number, pid);
  join_path(path, (const char *const[]){"/proc/", number, "/cwd", 0});
  return file_status_of(path, 1, &status) == 0 && file_status_of(".", 1, &own) == 0 && status.inode == own.inode
         && status.device_major == own.device_major && status.device_minor == own.device_minor;
}

static void look_at_file(void *context, const char *name) {
  struct search *search = context;
  struct found_file file = {.pid = pid_in(name, search->ending), .uid = search->uid};
  if (file.pid == 0 || file.pid == search->own_pid || !is_running(file.pid)) return;
  file.rank = (search->uid == search->own_uid ? 2 : 0) + is_in_own_folder(file.pid);
  if (join_path(file.path, (const char *const[]){search->directory, "/", name, 0})) search->found(search->context, &file);
}

/* A directory that is not the private one of the user it is named after holds nothing of the app's. */
static void look_in(struct search *search, const char *name, uint64_t uid) {
  struct file_status status;
  if (!join_path(search->directory, (const char *const[]){search->folder, "/", name, 0})) return;
  if (file_status_of(search->directory, 0, &status) != 0) return;
  if ((status.mode & MODE_TYPE) != MODE_DIRECTORY || status.uid != uid) return;
  search->uid = uid;
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

static void find_files(const struct settings *settings, const char *ending, on_file *found, void *context) {
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

/* Whether the process runs as the user in whose directory the file is: nobody else speaks in its name. See core's process-owner.ts. */
static int runs_as_owner(const struct found_file *file) {
  struct file_status status;
  char pid[21], path[64], text[1024];
  uint64_t uid;
  write_number(pid, file->pid);
  join_path(path, (const char *const[]){"/proc/", pid, 0});
  if (file_status_of(path, 1, &status) != 0) return 0;
  if (status.uid == file->uid) return 1;
  /* A process that may not be dumped has files of root's there (proc(5)), and its own uid in this one, behind the real one. */
  join_path(path, (const char *const[]){"/proc/", pid, "/status", 0});
  if (!read_text(path, text, sizeof text)) return 0;
  const char *name = "\nUid:\t";
  size_t length = length_of(text), at = find_in(text, length, name);
  if (at == length) return 0;
  at += length_of(name);
  at += read_number(text + at, &uid);
  return text[at] == '\t' && read_number(text + at + 1, &uid) > 0 && uid == file->uid;
}

/* Which of two is meant: pid 1, else the nearer, else the lower pid. See choose-control-socket.ts. */
static int is_better(const struct found_file *file, const struct found_file *best) {
  if (best->pid == 0) return 1;
  if (file->pid == 1 || best->pid == 1) return best->pid != 1;
  return file->rank != best->rank ? file->rank > best->rank : file->pid < best->pid;
}

/* ---- The proof ---- */

struct proof_search {
  uint64_t pid, uid;
  char wanted[64];
  char identity[48];
  char *proof;
};

/* `<64 hex digits> <device>:<inode>`, in an open file that has no name any more. */
static void look_at_open_file(void *context, const char *name) {
  struct proof_search *search = context;
  struct file_status status;
  char pid[21], path[MAX_PATH_BYTES], link[MAX_PATH_BYTES], held[161];
  if (search->proof[0] != 0) return;
  write_number(pid, search->pid);
  if (!join_path(path, (const char *const[]){"/proc/", pid, "/fd/", name, 0})) return;
  long length = system_call(SYS_READLINKAT, AT_FDCWD_VALUE, (long)path, (long)link, sizeof link - 1, 0);
  if (length <= 0) return;
  link[length] = 0;
  if (!has_suffix(link, search->wanted) || !read_private_file(path, 0, search->uid, held, sizeof held, &status)) return;
  if (length_of(held) <= PROOF_BYTES || held[PROOF_BYTES] != ' ') return;
  if (!is_same(held + PROOF_BYTES + 1, search->identity)) return;
  for (size_t i = 0; i < PROOF_BYTES; i++) search->proof[i] = held[i];
}

/* As Node.js has a device's number: glibc's makedev(3). */
static uint64_t device_of(const struct file_status *status) {
  uint64_t major = status->device_major, minor = status->device_minor;
  return ((major & 0xfffff000u) << 32) | ((major & 0xfffu) << 8) | ((minor & 0xffffff00u) << 12) | (minor & 0xffu);
}

/* Whether the process holds a proof for the very socket; another may have been put in its place. */
static int read_proof(const struct found_file *file, char proof[PROOF_BYTES + 1]) {
  struct file_status status;
  struct proof_search search = {.pid = file->pid, .uid = file->uid, .proof = proof};
  char number[21], second[21], descriptors[MAX_PATH_BYTES];
  for (size_t i = 0; i <= PROOF_BYTES; i++) proof[i] = 0;
  if (file_status_of(file->path, 0, &status) != 0 || (status.mode & MODE_TYPE) != MODE_SOCKET) return 0;
  if (status.uid != file->uid || !runs_as_owner(file)) return 0;
  write_number(number, device_of(&status));
  write_number(second, status.inode);
  /* Two numbers fit into the one, and one into the other. */
  join_path(search.identity, (const char *const[]){number, ":", second, 0});
  write_number(number, file->pid);
  join_path(search.wanted, (const char *const[]){"/", number, ".porthole-proof (deleted)", 0});
  join_path(descriptors, (const char *const[]){"/proc/", number, "/fd", 0});
  list(descriptors, look_at_open_file, &search);
  return proof[0] != 0;
}

struct socket_search {
  struct found_file best;
  struct control_socket *socket;
  uint64_t *unproven;
};

static void consider_socket(void *context, const struct found_file *file) {
  struct socket_search *search = context;
  struct found_file *best = &search->best;
  char proof[PROOF_BYTES + 1];
  if (best->pid == 1 || best->pid == file->pid) return;
  if (!read_proof(file, proof)) {
    if (*search->unproven == 0 || file->pid < *search->unproven) *search->unproven = file->pid;
    return;
  }
  /* Those that are less near do not count. */
  if (best->pid != 0 && best->rank == file->rank) search->socket->is_one_of_several = 1;
  if (!is_better(file, best)) return;
  if (best->rank != file->rank) search->socket->is_one_of_several = 0;
  *best = *file;
  for (size_t i = 0; i <= PROOF_BYTES; i++) search->socket->proof[i] = proof[i];
}

int find_control_socket(const struct settings *settings, struct control_socket *socket, uint64_t *unproven) {
  static struct socket_search search;
  search.socket = socket;
  search.unproven = unproven;
  socket->is_one_of_several = 0;
  *unproven = 0;
  find_files(settings, ".sock", consider_socket, &search);
  socket->pid = search.best.pid;
  join_path(socket->path, (const char *const[]){search.best.path, 0});
  return socket->pid != 0;
}

/* ---- The heartbeat ---- */

/* A clock may be a little behind another: that of a file server, for one. */
enum { AHEAD_MS = 1000, MAX_BEAT_BYTES = 32 };

struct heartbeat_search {
  struct found_file best;
  struct file_status status;
  char text[MAX_BEAT_BYTES + 1];
};

static void consider_heartbeat(void *context, const struct found_file *file) {
  struct heartbeat_search *search = context;
  struct heartbeat_search read;
  if (!is_better(file, &search->best) || !runs_as_owner(file)) return;
  if (!read_private_file(file->path, OPEN_NO_FOLLOW, file->uid, read.text, sizeof read.text, &read.status)) return;
  read.best = *file;
  *search = read;
}

/* The time on the steady clock that is in it, else the time of its change. See core's heartbeat-file.ts. */
static int64_t age_of(const struct heartbeat_search *beat) {
  uint64_t beat_ms;
  size_t digits = read_number(beat->text, &beat_ms);
  int64_t age = digits > 0 && beat->text[digits] == '\n'
                    ? clock_ms(CLOCK_STEADY) - (int64_t)beat_ms
                    : clock_ms(CLOCK_WALL) - beat->status.modified.seconds * 1000 - beat->status.modified.nanoseconds / 1000000;
  if (age < -AHEAD_MS) return AGE_UNKNOWN;
  return age < 0 ? 0 : age;
}

int find_heartbeat(const struct settings *settings, uint64_t *pid, int64_t *age_ms, char *stack, size_t size) {
  static const char HEARTBEAT[] = ".heartbeat";
  static struct heartbeat_search search;
  struct found_file *best = &search.best;
  find_files(settings, HEARTBEAT, consider_heartbeat, &search);
  stack[0] = 0;
  *pid = best->pid;
  if (best->pid == 0) return 0;
  *age_ms = age_of(&search);
  /* What the watchdog has left beside it. */
  best->path[length_of(best->path) - (sizeof HEARTBEAT - 1)] = 0;
  char path[MAX_PATH_BYTES];
  if (join_path(path, (const char *const[]){best->path, ".stack", 0})
      && !read_private_file(path, OPEN_NO_FOLLOW, best->uid, stack, size, &search.status)) stack[0] = 0;
  return 1;
}
