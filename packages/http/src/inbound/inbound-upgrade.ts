/**
 * Requests that leave HTTP, from the `upgrade` and `connect` events of the server: WebSocket handshakes above all. The record is
 * that of the handshake. It is over when that is answered, and stays the active one for what comes on the connection.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { reportInternalError, type WorkRecord } from '@porthole/core/internal';
import { endOfConnection } from './answer-end.js';
import { keepScope } from './body-scope.js';
import { createRequestRecord, type RequestSocket } from './inbound-http1.js';
import { beginRequest, endRequest, RECORD } from './inbound-record.js';
import { readRawHeaders } from './request-headers.js';

type UpgradeRequest = IncomingMessage & { [RECORD]?: WorkRecord };

const SWITCHING_PROTOCOLS = 101;
const OK = 200;

/**
 * How often a handshake is looked at whose answer is not written in the turn in which it was asked for: after a tenth of the time that
 * it has taken so far, so that its duration is right to a tenth and one that nobody ever answers costs next to nothing.
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
  // That of an HTTP/2 server gives its stream's request and response.
  if (request.httpVersionMajor === 2) return;
  recordHandshake(request, stream, OK);
}

function recordHandshake(request: UpgradeRequest, stream: Duplex, acceptedStatus: number): void {
  try {
    // Some libraries take the listeners off and call them themselves.
    if (request[RECORD] !== undefined) return;
    const socket = request.socket as RequestSocket;
    const record = createRequestRecord(request, socket, readRawHeaders(request.rawHeaders));
    // A CONNECT has no path, only an authority.
    if (acceptedStatus === OK) record.path = '';
    request[RECORD] = record;
    beginRequest(record);
    keepConnection(socket);
    setImmediate(checkHandshake, { record, socket, stream, acceptedStatus, bytesBefore: socket.bytesWritten });
  } catch (error) {
    reportInternalError('http', error);
  }
}

/** Node's own. */
interface ConnectionHandle {
  readonly _parent?: unknown;
}

/** What comes on the connection from now on is brought by its handle, whose scope is that of the connection. */
function keepConnection(socket: RequestSocket): void {
  const handle = (socket as { readonly _handle?: ConnectionHandle | null })._handle;
  keepScope(handle, {});
  // With TLS, that of the connection below tells the end.
  keepScope(handle?._parent, {});
}

interface Handshake {
  readonly record: WorkRecord;
  readonly socket: RequestSocket;
  /** What the application got to answer on. */
  readonly stream: Duplex;
  readonly acceptedStatus: number;
  readonly bytesBefore: number;
}

/** The answer is written straight to the socket, which tells nobody: all there is to see is that bytes have gone out. */
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

/** An answer that a framework has written says its status. Otherwise who refuses ends the connection with the answer. */
function statusOf({ socket, stream, acceptedStatus }: Handshake): number {
  const response = socket._httpMessage;
  if (response?.headersSent) return response.statusCode;
  return stream.writable && !socket.destroyed ? acceptedStatus : 0;
}
