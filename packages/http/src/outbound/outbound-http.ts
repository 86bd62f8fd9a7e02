/**
 * Each outgoing request of `node:http` and `node:https` becomes a record of kind `client` and carries the trace
 * context. There is no listener on `response` or `error`: Node.js handles a request without such listeners differently.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import {
  endWork,
  guardedListener,
  injectMissing,
  isRecordingSuppressed,
  reportInternalError,
  startWork,
  unrecordedClients,
  type WorkRecord,
} from '@porthole/core/internal';
import type { Instrumentation } from '../inbound/inbound.js';
import {
  cancelCall,
  codeOf,
  createCallRecord,
  failCall,
  isCancellation,
  noteStatus,
  TIMEOUT,
} from './outbound-call.js';
import { noteServerPort, type SentRequest, setServer } from './outbound-server.js';
import { onRequestCreated } from './request-created.js';
import { onHead, REQUEST_HEAD } from './request-head.js';

const RESPONSE_CHANNEL = 'http.client.response.finish';
const ERROR_CHANNEL = 'http.client.request.error';

const RECORD = Symbol('porthole.record');
const TIMED_OUT = Symbol('porthole.timed-out');

/** The request, which carries its record. `res` is Node's own field. */
type RecordedRequest = SentRequest & {
  [RECORD]?: WorkRecord;
  [TIMED_OUT]?: true;
  readonly res?: (IncomingMessage & { readonly upgrade?: boolean | null }) | null;
};

interface RequestMessage {
  readonly request: RecordedRequest;
}

/**
 * Records every request of `node:http` and `node:https`. Passes the trace context on, unless the caller has done so.
 */
export function instrumentOutboundHttp(): Instrumentation {
  const stopCreated = onRequestCreated(onCreated);
  const onResponse = guardedListener('http', onResponseHead);
  const onError = guardedListener('http', onRequestError);
  subscribe(RESPONSE_CHANNEL, onResponse);
  subscribe(ERROR_CHANNEL, onError);
  return {
    close: () => {
      stopCreated();
      unsubscribe(RESPONSE_CHANNEL, onResponse);
      unsubscribe(ERROR_CHANNEL, onError);
    },
  };
}

function onCreated(request: RecordedRequest): void {
  if (request[RECORD] !== undefined || isRecordingSuppressed()) return;
  if (request.agent !== undefined && unrecordedClients.has(request.agent)) return;
  const record = createCallRecord(request.method, request.path);
  record.scheme = request.protocol === 'https:' ? 'https' : 'http';
  setServer(record, request);
  request[RECORD] = record;
  // 'close' comes for every request that had a socket: after the response, an error or a change of protocol.
  request.on('close', onRequestClose);
  // A time-out does not end the request: the application's reaction to it then looks like a cancellation.
  request.on('timeout', onRequestTimeout);
  startWork(record);
  // A CONNECT request is for the proxy, which has no part in the trace.
  if (record.method !== 'CONNECT') onHead(request, injectContext);
}

function injectContext(request: RecordedRequest): void {
  const record = request[RECORD];
  if (record !== undefined) injectMissing(record, request, REQUEST_HEAD);
}

function onRequestClose(this: RecordedRequest): void {
  const record = this[RECORD];
  if (record !== undefined) end(record, this, undefined);
}

function onRequestTimeout(this: RecordedRequest): void {
  this[TIMED_OUT] = true;
}

/**
 * Ends the record, because `close` does not follow every error: the application's own `createConnection` may fail
 * without it.
 */
function onRequestError({ request, error }: RequestMessage & { readonly error: unknown }): void {
  const record = request[RECORD];
  if (record !== undefined) end(record, request, error);
}

function end(record: WorkRecord, request: RecordedRequest, error: unknown): void {
  if (record.endMs !== 0) return;
  try {
    const { res } = request;
    if (res) {
      noteStatus(record, res.statusCode ?? 0);
      record.protocolVersion = res.httpVersion;
    }
    noteServerPort(record, request, error);
    if (error !== undefined || !res || !(res.complete || res.upgrade))
      noteFailure(record, request, error ?? res?.errored);
  } catch (failure) {
    reportInternalError('http', failure);
  }
  endWork(record);
}

/** Notes the port while the connection still has it; at the end of the request it may be gone. */
function onResponseHead({ request }: RequestMessage): void {
  const record = request[RECORD];
  if (record !== undefined) noteServerPort(record, request, undefined);
}

/** Notes the end of a call without a complete response. */
function noteFailure(record: WorkRecord, request: RecordedRequest, error: unknown): void {
  const isDestroyed = isOfNode(error) && isEndedHere(request);
  if (isDestroyed && request[TIMED_OUT] === true) {
    if (record.errorType === '') record.errorType = TIMEOUT;
    failCall(record, error ?? undefined);
  } else if (isDestroyed || isCancellation(error)) cancelCall(record);
  else failCall(record, error ?? undefined);
}

/** Whether the error is Node's own: it reports `socket hang up` and `aborted` for an end by either side. */
function isOfNode(error: unknown): boolean {
  return error === undefined || error === null || codeOf(error) === 'ECONNRESET';
}

/** Whether this side has closed the connection, or has cancelled the request before it had one. */
function isEndedHere({ destroyed, socket }: RecordedRequest): boolean {
  if (!destroyed) return false;
  return !socket || (socket.destroyed && !socket.errored && !socket.readableEnded);
}
