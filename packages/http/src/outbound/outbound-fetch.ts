/**
 * Requests that go out through `fetch` and undici: each becomes a record of kind `client` and carries the trace context. Seen
 * through undici's diagnostics channels, which the `fetch` of every supported Node.js publishes too.
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

/** undici's request object, as its channels show it; it carries its record itself, so that no map is needed. */
interface UndiciRequest extends UndiciHeaders {
  readonly origin?: string | URL;
  readonly method: string;
  readonly path: string;
  /** The protocol to change to: `websocket`. */
  readonly upgrade?: string | null;
  [RECORD]?: WorkRecord;
  /** When the head of the answer came, on `performance.now()`'s clock. */
  [ANSWERED_MS]?: number;
}

interface RequestMessage {
  readonly request: UndiciRequest;
}

/** Records every request of `fetch` and undici, and passes the trace context on where the caller has not done so. */
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
  // CONNECT is for the proxy, which has no part in the trace.
  if (request.method === 'CONNECT' || isRecordingSuppressed()) return;
  // undici tells nobody when a connection has changed its protocol, so that the record would never end.
  if (request.upgrade) {
    const scope = activeContext();
    if (scope !== undefined) injectMissing(scope, request, UNDICI_HEADERS);
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
  // Early hints come through here too.
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
  if (isGivenUp(reason)) cancelCall(record);
  else failCall(record, reason);
  // No error: `fetch` gives the connection of a response back that nobody has read and that is garbage now, whenever that is found.
  endWork(record, error === undefined ? request[ANSWERED_MS] : undefined);
}

/** Whether the caller has ended the call. With a reason of its own, that is the error; those of undici and Node.js have a code. */
function isGivenUp(error: unknown): boolean {
  // undici has one code for that, for a proxy that refuses, and for an answer that is too large. Only the first has no message of its own.
  if (codeOf(error) === 'UND_ERR_ABORTED') return messageOf(error) === 'Request aborted';
  return error === undefined || isCancellation(error) || (codeOf(error) === '' && !isTimeout(error));
}

/** The reason of the signal, where undici's `request` has put an error of its own in its place. */
function reasonOf(request: UndiciRequest, error: unknown): unknown {
  if (codeOf(error) !== 'UND_ERR_ABORTED') return error;
  // Found anew each time: a second copy of undici has a symbol of its own.
  const handler = nodeProperty('handler')(request) as { readonly reason?: unknown } | undefined;
  return isTimeout(handler?.reason) ? handler?.reason : error;
}
