/**
 * Requests that leave HTTP, mostly WebSocket handshakes, from the server's `upgrade` and `connect` events. The record
 * is of the handshake: it ends with the answer. It stays the active record for later events of the connection.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { reportInternalError, type WorkRecord } from '@porthole/core/internal';
import { endOfConnection } from './answer-end.js';
import { keepContext } from './body-context.js';
import { createRequestRecord, type RequestSocket } from './inbound-http1.js';
import { beginRequest, endRequest, RECORD } from './inbound-record.js';
import { readRawHeaders } from './request-headers.js';

type UpgradeRequest = IncomingMessage & { [RECORD]?: WorkRecord };

const SWITCHING_PROTOCOLS = 101;
const OK = 200;

/**
 * How often an unanswered handshake is checked: after a tenth of the time that it has taken so far. So its duration is
 * right to a tenth, and one without an answer costs next to nothing.
 */
const CHECK_INTERVAL_SHARE = 0.1;
const MIN_CHECK_INTERVAL_MS = 10;
const MAX_CHECK_INTERVAL_MS = 1000;

/** Listener of a server's `upgrade` event. Never throws. */
export function onUpgrade(request: UpgradeRequest, stream: Duplex): void {
  recordHandshake(request, stream, SWITCHING_PROTOCOLS);
}

/** Listener of a server's `connect` event. Never throws. */
export function onConnect(request: UpgradeRequest, stream: Duplex): void {
  // An HTTP/2 server emits it with the stream's request and response.
  if (request.httpVersionMajor === 2) return;
  recordHandshake(request, stream, OK);
}

function recordHandshake(request: UpgradeRequest, stream: Duplex, acceptedStatus: number): void {
  try {
    // Some libraries remove the listeners and call them themselves.
    if (request[RECORD] !== undefined) return;
    const socket = request.socket as RequestSocket;
    const record = createRequestRecord(request, socket, readRawHeaders(request.rawHeaders));
    // A CONNECT request has an authority and no path.
    if (acceptedStatus === OK) record.path = '';
    request[RECORD] = record;
    beginRequest(record);
    keepConnection(socket);
    setImmediate(checkHandshake, { record, socket, stream, acceptedStatus, bytesBefore: socket.bytesWritten });
  } catch (error) {
    reportInternalError('http', error);
  }
}

/** A native handle, with Node's own field. */
interface ConnectionHandle {
  readonly _parent?: unknown;
}

/** Runs later events of the connection in the active context: its native handle emits them, in its own context. */
function keepConnection(socket: RequestSocket): void {
  const handle = (socket as { readonly _handle?: ConnectionHandle | null })._handle;
  keepContext(handle, {});
  // With TLS, the handle of the connection below emits the end.
  keepContext(handle?._parent, {});
}

interface Handshake {
  readonly record: WorkRecord;
  readonly socket: RequestSocket;
  /** The stream that the application answers on. */
  readonly stream: Duplex;
  readonly acceptedStatus: number;
  readonly bytesBefore: number;
}

/**
 * Polls, because the answer is written straight to the socket without an event: only the count of sent bytes shows it.
 */
function checkHandshake(handshake: Handshake): void {
  const { record, socket, stream, bytesBefore } = handshake;
  try {
    if (record.endMs !== 0) return;
    if (socket.bytesWritten > bytesBefore) endRequest(record, statusOf(handshake), 'complete');
    else if (stream.destroyed || socket.destroyed) endRequest(record, 0, endOfConnection(socket), socket.errored);
    else setTimeout(checkHandshake, checkInterval(record), handshake).unref();
  } catch (error) {
    reportInternalError('http', error);
  }
}

function checkInterval({ durationMs }: WorkRecord): number {
  return Math.min(Math.max(durationMs * CHECK_INTERVAL_SHARE, MIN_CHECK_INTERVAL_MS), MAX_CHECK_INTERVAL_MS);
}

/** The status that a framework has sent. Without a framework, a refusal ends the connection with its answer. */
function statusOf({ socket, stream, acceptedStatus }: Handshake): number {
  const response = socket._httpMessage;
  if (response?.headersSent) return response.statusCode;
  return stream.writable && !socket.destroyed ? acceptedStatus : 0;
}
