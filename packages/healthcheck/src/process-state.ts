/**
 * The state of a process, as Linux reports it: proc_pid_stat(5) of its main thread, and the memory of its container.
 */
import { findCgroupFolders, readContainerMemory, readText } from '@porthole/core/internal';

/** How long the process is looked at. The kernel counts in ticks of 10 ms. */
const LOOK_MS = 50;
const BUSY_TICKS = 2;

/** A container's memory is full if less than this share of it is left. */
const FULL = 0.98;

/**
 * `is running on the CPU`, `is waiting for the CPU`, `is waiting`, `is stopped`, `has ended`, or
 * `has no memory left (255 of 256 MB)`; `undefined` if nothing can be read. Takes 50 ms. Never rejects.
 */
export async function processState(pid: number, cgroupRoot?: string): Promise<string | undefined> {
  const before = readThread(pid);
  if (before === undefined) return undefined;
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const after = readThread(pid);
  if (after === undefined || after.state === 'Z' || after.state === 'X') return 'has ended';
  if (after.state === 'T' || after.state === 't') return 'is stopped';
  const memory = fullMemory(cgroupRoot);
  if (memory !== undefined) return `has no memory left (${memory})`;
  if (after.ticks - before.ticks >= BUSY_TICKS) return 'is running on the CPU';
  // It could run, and others do, or the quota of its container is used up.
  return before.state === 'R' && after.state === 'R' ? 'is waiting for the CPU' : 'is waiting';
}

interface ThreadState {
  /** One letter: R, S, D, T, t, Z, X. */
  readonly state: string;
  /** User and system time, in ticks. */
  readonly ticks: number;
}

/** The main thread's, since others (the thread pool, the compiler) run on. */
function readThread(pid: number): ThreadState | undefined {
  const stat = readText(`/proc/${pid}/task/${pid}/stat`);
  // The second field is the program's name, which may have spaces and brackets in it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  return { state: fields[0] ?? '', ticks: Number(fields[11]) + Number(fields[12]) };
}

/** `255 of 256 MB` if the container, in which this probe runs, too, is full. */
function fullMemory(cgroupRoot: string | undefined): string | undefined {
  const { workingSetBytes, limitBytes } = readContainerMemory(findCgroupFolders(cgroupRoot));
  if (workingSetBytes === undefined || limitBytes === undefined || workingSetBytes <= FULL * limitBytes)
    return undefined;
  return `${megabytes(workingSetBytes)} of ${megabytes(limitBytes)} MB`;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
