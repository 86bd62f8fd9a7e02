/**
 * How the answer to a request has ended: as a whole, because the client went away, or cut off by this process. The third is a
 * failure of the server, and never called `aborted`.
 */
import type { ServerResponse } from 'node:http';
import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { errorWithoutStack, type WorkRecord } from '@porthole/core/internal';

/** `aborted`: by the client, or by the shutdown of this process. */
export type AnswerEnd = 'complete' | 'aborted' | 'cut';

/** `error.type` of a request whose client went away before it had the answer. */
const ABORTED = 'aborted';

/**
 * Sets what the end of the answer says about the request.
 *
 * @param status - the status code that was sent, 0 for none
 * @param error - what the answer or its connection was destroyed with, if anything
 */
export function noteAnswer(record: WorkRecord, status: number, end: AnswerEnd, error?: unknown): void {
  record.status = status;
  record.aborted = end === 'aborted';
  if (end === 'cut') record.fail(record.error === undefined ? (error ?? prematureClose()) : record.error);
  if (record.errorType !== '') return;
  if (status >= 500) record.errorType = String(status);
  else if (record.aborted) record.errorType = ABORTED;
}

/** For an answer that was cut off without an error, as by `response.destroy()`: its line has to show what happened. */
function prematureClose(): Error {
  return errorWithoutStack('PrematureClose', 'the server closed the response before it was complete');
}

/** A connection that requests come by, with fields of Node's own. */
interface ServedSocket extends Socket {
  readonly server?: { readonly httpAllowHalfOpen?: boolean };
  [BROKEN]?: true;
}

/** A connection whose client has sent what is not HTTP; the application decides about it in a `clientError` listener. */
const BROKEN: unique symbol = Symbol('porthole.broken');

/** Notes that the client has broken the connection, by what it sent or by closing it. */
export function noteClientError(socket: ServedSocket): void {
  socket[BROKEN] = true;
}

/** How the answer on a connection that is closed has ended, unless it was sent as a whole. */
export function endOfConnection(socket: ServedSocket, response?: ServerResponse): 'aborted' | 'cut' {
  const { errored, server } = socket;
  // What the response was destroyed with is an error of the application, whatever its code: it may be that of another connection.
  if (errored) return errored !== response?.errored && isOfClient(errored) ? 'aborted' : 'cut';
  const hasEnded = socket.readableEnded && server?.httpAllowHalfOpen !== true;
  return hasEnded || socket[BROKEN] === true ? 'aborted' : 'cut';
}

/** An error of the network, of TLS or of the parser, or a request that took too long to arrive. */
function isOfClient({ code = '', syscall }: NodeJS.ErrnoException): boolean {
  return syscall !== undefined || code === 'ERR_HTTP_REQUEST_TIMEOUT' || CLIENT_CODE.test(code);
}

const CLIENT_CODE = /^(?:HPE_|ERR_SSL_|ERR_TLS_|ECONNRESET$|EPIPE$)/;

/** What is used of a stream while Node.js closes it. */
interface ClosingStream {
  readonly destroyed: boolean;
  readonly session: Http2Session | undefined;
}

/**
 * The same for a stream of HTTP/2 that Node.js is closing, to be called in its `aborted` event: later nothing tells a reset by the client
 * from `stream.close(code)`. Node.js closes a stream whose client has reset it, or is gone, with nothing of the application on the stack.
 */
export function endOfStream({ destroyed, session }: ClosingStream): 'aborted' | 'cut' {
  // It is being destroyed by itself, as by a pipeline, not with its session.
  if (destroyed && session?.destroyed === false) return 'cut';
  return isCalledByApplication() ? 'cut' : 'aborted';
}

/** The function of Node.js that sends the `aborted` event. */
const CLOSE_FUNCTION = 'closeStream';
const MAX_FRAMES = 50;

function isCalledByApplication(): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = MAX_FRAMES;
    Error.prepareStackTrace = (_error, sites) => sites;
    const sites = new Error().stack as unknown as readonly NodeJS.CallSite[];
    const closing = sites.findIndex((site) => site.getFunctionName() === CLOSE_FUNCTION);
    return closing !== -1 && sites.slice(closing).some((site) => site.getFileName()?.startsWith('node:') === false);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}
