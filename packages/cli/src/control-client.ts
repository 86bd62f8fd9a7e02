/** Asks the running app over its control socket. */
import { type IncomingMessage, request } from 'node:http';
import { PortholeError } from '@porthole/core';
import { controlFolders, findControlSockets, PROOF_HEADER, proveControlSockets } from '@porthole/core/control';
import { loadAddresses } from '@porthole/core/internal';
import { chooseControlSocket, noteOfOthers } from '@porthole/healthcheck';
import { printError } from './output.js';
import type { RunOptions } from './run-options.js';

/** The codes of the errors of `askApp`. */
export type ControlClientErrorCode = 'PORTHOLE_NO_APP' | 'PORTHOLE_APP_SILENT';

export interface Question {
  /** @defaultValue `'GET'` */
  readonly method?: 'GET' | 'PUT';
  /** Such as `/v1/status`. */
  readonly path: string;
  /** Whether JSON is asked for, instead of text. @defaultValue false */
  readonly json?: boolean;
  /** @defaultValue none */
  readonly body?: string;
}

/** A blocked event loop answers no one: a person should not have to find that out with Ctrl-C. */
const SILENCE_TIMEOUT_MS = 10_000;

/**
 * Sends `question` to the app and gives its answer, whose body has yet to be read.
 *
 * @param silenceTimeoutMs - how long the app may send nothing, before its answer and within it
 * @throws PortholeError (`ControlClientErrorCode`) if no app runs here, or if it does not answer.
 */
export async function askApp(
  options: RunOptions,
  question: Question,
  silenceTimeoutMs: number = SILENCE_TIMEOUT_MS,
): Promise<IncomingMessage> {
  const { directory, control } = loadAddresses(options);
  if (!control) throw noApp('PORTHOLE_CONTROL is off');
  const sockets = findControlSockets(directory);
  const proven = proveControlSockets(sockets);
  const chosen = chooseControlSocket(proven, process.pid);
  if (chosen === undefined) {
    const unproven = chooseControlSocket(sockets, process.pid);
    if (unproven === undefined) throw noApp(`no control socket in ${controlFolders(directory).join(' or ')}`);
    throw noApp(`cannot verify ${unproven.path} of pid ${unproven.pid}; run as the app's user`);
  }
  const note = noteOfOthers(chosen.pid, proven, process.pid);
  if (note !== undefined) await printError(note);
  const headers = {
    accept: question.json ? 'application/json' : 'text/plain',
    [PROOF_HEADER]: chosen.proof,
    ...(question.body === undefined ? {} : { 'content-length': Buffer.byteLength(question.body) }),
  };
  return new Promise((resolve, reject) => {
    const { method = 'GET', path, body } = question;
    let answer: IncomingMessage | undefined;
    const outgoing = request({ socketPath: chosen.path, agent: false, method, path, headers }, (incoming) => {
      answer = incoming;
      resolve(incoming);
    });
    outgoing.setTimeout(silenceTimeoutMs);
    outgoing.on('timeout', () => {
      // Data that waits here is held up by our own reader, as in `metrics | less`.
      if (answer !== undefined && answer.readableLength > 0) return;
      (answer ?? outgoing).destroy(silent(chosen.pid, silenceTimeoutMs));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const isGone = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
      reject(isGone ? noApp(`nothing answers on ${chosen.path}`) : error);
    });
    outgoing.end(body);
  });
}

function noApp(reason: string): PortholeError<ControlClientErrorCode> {
  return new PortholeError(`no running app found: ${reason}`, { code: 'PORTHOLE_NO_APP' });
}

function silent(pid: number, timeoutMs: number): PortholeError<ControlClientErrorCode> {
  return new PortholeError(
    `the app with pid ${pid} has not answered for ${timeoutMs / 1000} s: its event loop may be blocked`,
    { code: 'PORTHOLE_APP_SILENT' },
  );
}
