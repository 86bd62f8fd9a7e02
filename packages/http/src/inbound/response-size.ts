/** The size of an answer's body by HTTP/1.1: what its connection has sent, without the head. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What the connection had sent before the response whose turn came while it was queued. */
const SENT_BEFORE: unique symbol = Symbol('porthole.sent-before');

/** What the connection had sent at the end of its last answer. */
const SENT: unique symbol = Symbol('porthole.sent');

/** With fields of Node's own. */
interface SizedResponse extends ServerResponse {
  readonly _header: string | null;
  readonly _hasBody: boolean;
  readonly _contentLength?: number | null;
  readonly _sent100: boolean;
  [SENT_BEFORE]?: number;
}

/** With the count of bytes that were given to the system; `bytesWritten` makes a list of what waits. */
interface SendingSocket extends Socket {
  readonly _bytesDispatched?: number;
  readonly _httpMessage?: SizedResponse | null;
  [SENT]?: number;
}

const CONTINUE_BYTES = 'HTTP/1.1 100 Continue\r\n\r\n'.length;

/** Notes that it is the turn of a response that was queued: nothing of it is sent yet. */
export function noteTurn(response: ServerResponse, socket: SendingSocket): void {
  (response as SizedResponse)[SENT_BEFORE] = socket._bytesDispatched ?? Number.NaN;
}

/**
 * The bytes of the body of `response`, whose `close` event is being emitted; -1 if they are not known: an answer that was cut off, and one
 * in chunks, whose frames are not told from what is in them. To be asked for each response, once.
 */
export function bodyBytesOf(response: ServerResponse, isComplete: boolean): number {
  const sized = response as SizedResponse;
  const socket = response.req.socket as SendingSocket;
  const before = sized[SENT_BEFORE] ?? socket[SENT] ?? 0;
  // The next response, if it was queued, has begun on the connection.
  const next = socket._httpMessage;
  const sent = (next && next !== response ? next[SENT_BEFORE] : socket._bytesDispatched) ?? Number.NaN;
  socket[SENT] = sent;
  if (!isComplete || sized._header === null) return -1;
  if (!sized._hasBody) return 0;
  if (response.chunkedEncoding) return -1;
  const bytes = sent - before - sized._header.length - (sized._sent100 ? CONTINUE_BYTES : 0);
  // More than that is other information (1xx), or what the application has written to the connection itself.
  const most = sized._contentLength ?? Number.MAX_SAFE_INTEGER;
  return bytes >= 0 && bytes <= most ? bytes : -1;
}
