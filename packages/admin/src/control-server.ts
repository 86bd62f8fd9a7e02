/**
 * The control socket: the endpoint for users who may exec into the container as the app's user, and for no others. The
 * directory keeps other users out, the proof other containers that share the directory (see core's `control-proof`).
 */
import { lstatSync, readdirSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import {
  type ControlProof,
  controlFiles,
  createControlDirectory,
  createControlProof,
  type Log,
  messageOf,
  noLog,
  PROOF_HEADER,
  removePrivateFile,
} from '@porthole/core/internal';
import { servedSources } from './admin-routes.js';
import { type Answer, refuse } from './answer.js';
import { createBoundedServer } from './bounded-server.js';
import { answerControl, type ControlContext, type ControlSources } from './control-routes.js';
import { controlListenError } from './listen-error.js';

export interface ControlServerOptions extends ControlSources {
  /** Folder in which the socket's own directory is made; empty for the temp dir, else `/dev/shm`. */
  readonly directory: string;
  /** The log for the audit line of each command. @defaultValue nowhere */
  readonly log?: Log;
}

export interface ControlServer {
  /**
   * Opens the socket and returns its path. @throws PortholeError (`AdminErrorCode`) that gives the reasons why no
   * folder takes it.
   */
  listen(): Promise<string>;
  /** Closes every connection, after a second at most, and removes the socket. Does nothing while it does not listen. */
  close(): Promise<void>;
}

/** A person may look at a page of `metrics | less` for a while. */
const STALL_TIMEOUT_MS = 600_000;

/**
 * Creates the control server. It does not keep the process alive.
 *
 * @example
 * const control = createControlServer({ directory: '', health, metrics, diagnostics, logger, log });
 * await control.listen(); // /tmp/porthole-65532-4026532281/1.sock
 */
export function createControlServer(options: ControlServerOptions): ControlServer {
  const log = options.log ?? noLog;
  const context: ControlContext = { ...options, ...servedSources(options), log };
  let proof: ControlProof | undefined;
  const { server, listen, close } = createBoundedServer({
    component: 'control',
    handle: (request) => answer(request),
    inactivityTimeoutMs: 0,
    stallTimeoutMs: STALL_TIMEOUT_MS,
    answerTimeoutMs: 0,
    log,
  });

  async function answer(request: IncomingMessage): Promise<Answer> {
    if (!proof?.accepts(request.headers[PROOF_HEADER])) {
      return refuse(403, "refused: the caller has not proved that it is in this process's PID namespace");
    }
    return answerControl(context, request);
  }

  return {
    listen: async () => {
      const path = createControlDirectory(options.directory);
      if (typeof path !== 'string') throw controlListenError(path);
      try {
        removeStaleFiles(dirname(path), options.directory);
        await listen({ path }).catch(async (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EADDRINUSE' || (await isAnswered(path))) throw error;
          // The socket of an earlier process with this pid: a container's is 1 each time it starts. Or a file of
          // another.
          removePrivateFile(path);
          await listen({ path });
        });
        proof = createControlProof(path);
      } catch (error) {
        // Without a proof no caller could be let in. One that is there belongs to an earlier call, which goes on.
        if (proof === undefined) await close();
        throw controlListenError([{ folder: dirname(path), reason: messageOf(error) }], error);
      }
      return path;
    },
    close: async () => {
      if (!server.listening) return;
      await close();
      proof?.close();
      proof = undefined;
    },
  };
}

/**
 * Removes files of processes that ended without closing, and files that others have put in their place. Never throws:
 * at worst a file stays.
 */
function removeStaleFiles(directory: string, configured: string): void {
  // Listed first: a process that starts in between is then running when it is asked for.
  const names = list(directory).filter((name) => /^\d+\.(sock|heartbeat|stack)$/.test(name));
  // By their names: the configured folder may be written in more than one way.
  const running = new Set(
    ['sock', 'heartbeat', 'stack']
      .flatMap((ending) => controlFiles(configured, ending))
      .map(({ path }) => basename(path)),
  );
  for (const name of names) {
    if (running.has(name)) continue;
    try {
      removePrivateFile(join(directory, name));
    } catch {
      // A directory with content stays; the other files are removed.
    }
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** A link to the socket of somebody else does not count: its target is not used. */
async function isAnswered(path: string): Promise<boolean> {
  if (!isSocket(path)) return false;
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}
