/** Writes once a second to a file that the event loop turns. A probe can read it without an answer. */
import { closeSync } from 'node:fs';
import {
  besideSocket,
  createControlDirectory,
  createPrivateFile,
  HEARTBEAT_INTERVAL_MS,
  messageOf,
  removePrivateFile,
  writeBeat,
} from '@porthole/core/internal';
import { heartbeatError } from './listen-error.js';

export interface HeartbeatOptions {
  /** Folder in which the control socket's directory is made; empty for the temp dir, else `/dev/shm`. */
  readonly directory: string;
  /** @defaultValue 1000, which probes rely on */
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
 * @throws PortholeError (`AdminErrorCode`) that gives the reasons why no folder takes it.
 */
export function startHeartbeat({ directory, intervalMs = HEARTBEAT_INTERVAL_MS }: HeartbeatOptions): Heartbeat {
  const socket = createControlDirectory(directory);
  if (typeof socket !== 'string') throw heartbeatError(socket);
  const path = besideSocket(socket, 'heartbeat');
  const file = create(path);
  // Of an earlier process of this number that was killed: a probe would show the block of that one.
  remove(besideSocket(socket, 'stack'));
  const timer = setInterval(() => writeBeat(file), intervalMs);
  timer.unref();
  writeBeat(file);
  let closed = false;
  return {
    path,
    close: () => {
      // The number of a file that is closed may be another file's by now.
      if (closed) return;
      closed = true;
      clearInterval(timer);
      closeSync(file);
      remove(path);
    },
  };
}

function create(path: string): number {
  try {
    return createPrivateFile(path);
  } catch (error) {
    throw heartbeatError([{ folder: path, reason: messageOf(error) }], error);
  }
}

function remove(path: string): void {
  try {
    removePrivateFile(path);
  } catch {
    // The file may stay if it is a directory with content; no probe reads it.
  }
}
