/**
 * How the response to a request ended: complete, aborted by the client, or cut off by this process. A response that was
 * cut off is a failure of the server, never `aborted`.
 */
import type { ServerResponse } from 'node:http';
import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { errorWithoutStack, type WorkRecord } from '@porthole/core/internal';

/** `aborted`: by the client, or by the shutdown of this process. */
export type AnswerEnd = 'complete' | 'aborted' | 'cut';

/** `error.type` of a request whose client went away before it had the whole response. */
const ABORTED = 'aborted';

/**
 * Sets status, `aborted` and error of a record from the end of its response.
 *
 * @param status - the status code that was sent, 0 for none
 * @param error - the error that the response or its connection was destroyed with, if any
 */
export function noteAnswer(record: WorkRecord, status: number, end: AnswerEnd, error?: unknown): void {
  record.status = status;
  record.aborted = end === 'aborted';
  if (end === 'cut') record.fail(record.error === undefined ? (error ?? prematureClose()) : record.error);
  if (record.errorType !== '') return;
  if (status >= 500) record.errorType = String(status);
  else if (record.aborted) record.errorType = ABORTED;
}

/** The error of a response that was cut off without one, as by `response.destroy()`. Its line needs an error. */
function prematureClose(): Error {
  return errorWithoutStack('PrematureClose', 'the server closed the response before it was complete');
}

/** A server-side socket, with Node's own fields. */
interface ServedSocket extends Socket {
  readonly server?: { readonly httpAllowHalfOpen?: boolean };
  [BROKEN]?: true;
}

/**
 * Marks a connection whose client has sent invalid HTTP. The application decides about it in a `clientError` listener.
 */
const BROKEN: unique symbol = Symbol('porthole.broken');

/** Notes that the client broke the connection: it sent invalid data or closed it. */
export function noteClientError(socket: ServedSocket): void {
  socket[BROKEN] = true;
}

/** How the response on a closed connection ended, unless it was complete. */
export function endOfConnection(socket: ServedSocket, response?: ServerResponse): 'aborted' | 'cut' {
  const { errored, server } = socket;
  // An error that the application destroyed the response with may be of another connection, so its code is ignored.
  if (errored) return errored !== response?.errored && isOfClient(errored) ? 'aborted' : 'cut';
  const hasEnded = socket.readableEnded && server?.httpAllowHalfOpen !== true;
  return hasEnded || socket[BROKEN] === true ? 'aborted' : 'cut';
}

/** Whether the error is of the network, of TLS or of the parser, or a request took too long to arrive. */
function isOfClient({ code = '', syscall }: NodeJS.ErrnoException): boolean {
  return syscall !== undefined || code === 'ERR_HTTP_REQUEST_TIMEOUT' || CLIENT_CODE.test(code);
}

const CLIENT_CODE = /^(?:HPE_|ERR_SSL_|ERR_TLS_|ECONNRESET$|EPIPE$)/;

/** The part of a stream that is read while Node.js closes it. */
interface ClosingStream {
  readonly destroyed: boolean;
  readonly session: Http2Session | undefined;
}

/**
 * How the response on an HTTP/2 stream ended. Call it in the stream's `aborted` event: later, a reset by the client
 * looks like `stream.close(code)`. If the client has reset the stream or is gone, Node.js closes it with no application
 * function on the stack.
 */
export function endOfStream({ destroyed, session }: ClosingStream): 'aborted' | 'cut' {
  // The stream is destroyed on its own, as by a pipeline, not with its session.
  if (destroyed && session?.destroyed === false) return 'cut';
  return isCalledByApplication() ? 'cut' : 'aborted';
}

/** The function of Node.js that emits `aborted`. */
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
