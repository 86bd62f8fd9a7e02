/**
 * Each outgoing request of `fetch` and undici becomes a record of kind `client` and carries the trace context. The
 * source is undici's diagnostics channels, which the `fetch` of every supported Node.js publishes too.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import {
  activeContext,
  endWork,
  guardedListener,
  injectMissing,
  isRecordingSuppressed,
  messageOf,
  startWork,
  type WorkRecord,
} from '@porthole/core/internal';
import type { Instrumentation } from '../inbound/inbound.js';
import { nodeProperty } from '../node-property.js';
import {
  cancelCall,
  codeOf,
  createCallRecord,
  failCall,
  isCancellation,
  isTimeout,
  noteStatus,
} from './outbound-call.js';
import { serverOf } from './server-of.js';
import { UNDICI_HEADERS, type UndiciHeaders } from './undici-headers.js';

const RECORD = Symbol('porthole.record');
const ANSWERED_MS = Symbol('porthole.answered');

/** undici's request object, as its channels publish it. It carries its record, so no map is needed. */
interface UndiciRequest extends UndiciHeaders {
  readonly origin?: string | URL;
  readonly method: string;
  readonly path: string;
  /** The protocol to change to: `websocket`. */
  readonly upgrade?: string | null;
  [RECORD]?: WorkRecord;
  /** The time of the response head, on the clock of `performance.now()`. */
  [ANSWERED_MS]?: number;
}

interface RequestMessage {
  readonly request: UndiciRequest;
}

/** Records every request of `fetch` and undici. Passes the trace context on, unless the caller has done so. */
export function instrumentOutboundFetch(): Instrumentation {
  const subscriptions: readonly (readonly [string, (message: unknown) => void])[] = [
    ['undici:request:create', guardedListener('http', onCreate)],
    ['undici:client:sendHeaders', guardedListener('http', onSendHeaders)],
    ['undici:request:headers', guardedListener('http', onHeaders)],
    ['undici:request:trailers', guardedListener('http', onTrailers)],
    ['undici:request:error', guardedListener('http', onError)],
  ];
  for (const [channel, listener] of subscriptions) subscribe(channel, listener);
  return {
    close: () => {
      for (const [channel, listener] of subscriptions) unsubscribe(channel, listener);
    },
  };
}

function onCreate({ request }: RequestMessage): void {
  // A CONNECT request is for the proxy, which has no part in the trace.
  if (request.method === 'CONNECT' || isRecordingSuppressed()) return;
  // undici publishes nothing when a connection has changed its protocol, so the record would never end.
  if (request.upgrade) {
    const context = activeContext();
    if (context !== undefined) injectMissing(context, request, UNDICI_HEADERS);
    return;
  }
  const record = createCallRecord(request.method, request.path);
  const { scheme, address, port } = serverOf(request.origin);
  record.scheme = scheme;
  record.serverAddress = address;
  record.serverPort = port;
  request[RECORD] = record;
  startWork(record);
  injectMissing(record, request, UNDICI_HEADERS);
}

function onSendHeaders({
  request,
  socket,
}: RequestMessage & { readonly socket?: { readonly alpnProtocol?: unknown } }): void {
  const record = request[RECORD];
  if (record !== undefined) record.protocolVersion = socket?.alpnProtocol === 'h2' ? '2' : '1.1';
}

function onHeaders({
  request,
  response,
}: RequestMessage & { readonly response: { readonly statusCode: number } }): void {
  const record = request[RECORD];
  // Early hints come here too.
  if (record === undefined || response.statusCode < 200) return;
  noteStatus(record, response.statusCode);
  request[ANSWERED_MS] = performance.now();
}

function onTrailers({ request }: RequestMessage): void {
  const record = request[RECORD];
  if (record !== undefined) endWork(record);
}

function onError({ request, error }: RequestMessage & { readonly error: unknown }): void {
  const record = request[RECORD];
  if (record === undefined || record.endMs !== 0) return;
  const reason = reasonOf(request, error);
  if (isCancelledByCaller(reason)) cancelCall(record);
  else failCall(record, reason);
  // Not an error: `fetch` returns the connection of an unread response after garbage collection, at any later time.
  endWork(record, error === undefined ? request[ANSWERED_MS] : undefined);
}

/**
 * Whether the caller cancelled the call. The caller's own reason is the error and has no code; errors of undici and
 * Node.js have one.
 */
function isCancelledByCaller(error: unknown): boolean {
  // undici has this code for a cancellation, a refusing proxy and a response that is too large. Only the first has no
  // message of its own.
  if (codeOf(error) === 'UND_ERR_ABORTED') return messageOf(error) === 'Request aborted';
  return error === undefined || isCancellation(error) || (codeOf(error) === '' && !isTimeout(error));
}

/** The reason of the signal, if undici's `request` has replaced it by its own error. */
function reasonOf(request: UndiciRequest, error: unknown): unknown {
  if (codeOf(error) !== 'UND_ERR_ABORTED') return error;
  // Looked up each time: a second copy of undici has another symbol.
  const handler = nodeProperty('handler')(request) as { readonly reason?: unknown } | undefined;
  if (isTimeout(handler?.reason)) return handler?.reason;
  return isTimeoutOnStack() ? new DOMException('The operation was aborted due to timeout', 'TimeoutError') : error;
}

/**
 * Whether `AbortSignal.timeout` aborts the call. The handlers of undici's interceptors, and of the dispatcher of
 * Node.js 26, hide the reason. But a signal dispatches its event at once, so the stack has the timer, or else `abort`
 * of a controller.
 */
function isTimeoutOnStack(): boolean {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 100;
    const { stack = '' } = new Error();
    return (
      stack.includes('(node:internal/abort_controller:') && !stack.includes('.abort (node:internal/abort_controller:')
    );
  } finally {
    Error.stackTraceLimit = limit;
  }
}
