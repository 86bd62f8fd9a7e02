/** The body size of an HTTP/1.1 response: the bytes that its connection has sent, without the head. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The key of the bytes that the connection had sent before a queued response got its turn. */
const SENT_BEFORE: unique symbol = Symbol('porthole.sent-before');

/** The key of the bytes that the connection had sent at the end of its last response. */
const SENT: unique symbol = Symbol('porthole.sent');

/** A response with Node's own fields. */
interface SizedResponse extends ServerResponse {
  readonly _header: string | null;
  readonly _hasBody: boolean;
  readonly _contentLength?: number | null;
  readonly _sent100: boolean;
  [SENT_BEFORE]?: number;
}

/** A socket with its count of bytes that went to the system. `bytesWritten` would build a list of the waiting data. */
interface SendingSocket extends Socket {
  readonly _bytesDispatched?: number;
  readonly _httpMessage?: SizedResponse | null;
  [SENT]?: number;
}

const CONTINUE_BYTES = 'HTTP/1.1 100 Continue\r\n\r\n'.length;

/** Notes the turn of a queued response: nothing of it is sent yet. */
export function noteTurn(response: ServerResponse, socket: SendingSocket): void {
  (response as SizedResponse)[SENT_BEFORE] = socket._bytesDispatched ?? Number.NaN;
}

/**
 * The body size in bytes of `response`, whose `close` event is being emitted. It is -1 if unknown: the response was cut
 * off, or is in chunks, whose framing counts too. Call it once for each response.
 */
export function bodyBytesOf(response: ServerResponse, isComplete: boolean): number {
  const sized = response as SizedResponse;
  const socket = response.req.socket as SendingSocket;
  const before = sized[SENT_BEFORE] ?? socket[SENT] ?? 0;
  // If the next response was queued, it has begun on the connection.
  const next = socket._httpMessage;
  const sent = (next && next !== response ? next[SENT_BEFORE] : socket._bytesDispatched) ?? Number.NaN;
  socket[SENT] = sent;
  if (!isComplete || sized._header === null) return -1;
  if (!sized._hasBody) return 0;
  if (response.chunkedEncoding) return -1;
  const bytes = sent - before - sized._header.length - (sized._sent100 ? CONTINUE_BYTES : 0);
  // More bytes than announced are informational responses (1xx) or data that the application wrote to the connection
  // itself.
  const most = sized._contentLength ?? Number.MAX_SAFE_INTEGER;
  return bytes >= 0 && bytes <= most ? bytes : -1;
}
