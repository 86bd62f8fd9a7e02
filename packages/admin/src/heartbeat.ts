/** Says once a second that the event loop turns, where a probe can read it without an answer: by the time of a file's last change. */
import { closeSync, futimesSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { besideSocket, createControlDirectory, HEARTBEAT_INTERVAL_MS, messageOf } from '@porthole/core/internal';
import { heartbeatError } from './listen-error.js';

export interface HeartbeatOptions {
  /** Folder in which the control socket's directory is made; empty for the temp dir, else `/dev/shm`. */
  readonly directory: string;
  /** @defaultValue 1000, which is what probes count on */
  readonly intervalMs?: number;
}

export interface Heartbeat {
  readonly path: string;
  /** Stops it and removes the file; a second call does nothing. */
  close(): void;
}

/**
 * Starts it; it does not keep the process alive. A beat is one system call on a file that is open.
 *
 * @throws PortholeError (`AdminErrorCode`) that says why no folder takes it.
 */
export function startHeartbeat({ directory, intervalMs = HEARTBEAT_INTERVAL_MS }: HeartbeatOptions): Heartbeat {
  const socket = createControlDirectory(directory);
  if (typeof socket !== 'string') throw heartbeatError(socket);
  const path = besideSocket(socket, 'heartbeat');
  const file = open(path);
  // Of an earlier process of this number that was killed: a probe would show what blocked that one.
  rmSync(besideSocket(socket, 'stack'), { force: true });
  const timer = setInterval(() => beat(file), intervalMs);
  timer.unref();
  beat(file);
  let closed = false;
  return {
    path,
    close: () => {
      // The number of a file that is closed may be another file's by now.
      if (closed) return;
      closed = true;
      clearInterval(timer);
      closeSync(file);
      try {
        unlinkSync(path);
      } catch {
        // Somebody else has cleaned up.
      }
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw heartbeatError([{ folder: path, reason: messageOf(error) }], error);
  }
}

function beat(file: number): void {
  const seconds = Date.now() / 1000;
  try {
    futimesSync(file, seconds, seconds);
  } catch {
    // A file system that is full or gone: the probe finds an old beat and says so only where it gets no answer.
  }
}
