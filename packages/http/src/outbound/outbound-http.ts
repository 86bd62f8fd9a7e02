/**
 * Requests that go out through `node:http` and `node:https`: each becomes a record of kind `client` and carries the trace context.
 * Nothing listens to `response` or `error`: a listener there would change what Node.js does for a request that has none.
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
import { REQUEST_HEAD } from './request-head.js';

const RESPONSE_CHANNEL = 'http.client.response.finish';
const ERROR_CHANNEL = 'http.client.request.error';

const RECORD = Symbol('porthole.record');
const TIMED_OUT = Symbol('porthole.timed-out');

/** The record travels on the request itself. The other field is Node's own. */
type RecordedRequest = SentRequest & {
  [RECORD]?: WorkRecord;
  [TIMED_OUT]?: true;
  readonly res?: (IncomingMessage & { readonly upgrade?: boolean | null }) | null;
};

interface RequestMessage {
  readonly request: RecordedRequest;
}

/** Records every request of `node:http` and `node:https`, and passes the trace context on where the caller has not done so. */
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
  // It comes for every request that had a socket: after the answer, after an error, after a change of protocol.
  request.on('close', onRequestClose);
  // Its time-out ends no request by itself: what the application does then looks as if it had cancelled the call.
  request.on('timeout', onRequestTimeout);
  startWork(record);
  // CONNECT is for the proxy, which has no part in the trace.
  if (record.method !== 'CONNECT') injectMissing(record, request, REQUEST_HEAD);
}

function onRequestClose(this: RecordedRequest): void {
  const record = this[RECORD];
  if (record !== undefined) end(record, this, undefined);
}

function onRequestTimeout(this: RecordedRequest): void {
  this[TIMED_OUT] = true;
}

/** Not every error is followed by `close`: a `createConnection` of the application's own may fail without. */
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

/** The connection still knows the port then; when the request ends it may be gone. */
function onResponseHead({ request }: RequestMessage): void {
  const record = request[RECORD];
  if (record !== undefined) noteServerPort(record, request, undefined);
}

/** A call that ended without its whole answer. */
function noteFailure(record: WorkRecord, request: RecordedRequest, error: unknown): void {
  const isDestroyed = isOfNode(error) && isEndedHere(request);
  if (isDestroyed && request[TIMED_OUT] === true) {
    if (record.errorType === '') record.errorType = TIMEOUT;
    failCall(record, error ?? undefined);
  } else if (isDestroyed || isCancellation(error)) cancelCall(record);
  else failCall(record, error ?? undefined);
}

/** Whether nobody has given the error: `socket hang up` and `aborted` are what Node.js says of both ends. */
function isOfNode(error: unknown): boolean {
  return error === undefined || error === null || codeOf(error) === 'ECONNRESET';
}

/** Whether this side has closed the connection, or has given the request up before it had one. */
function isEndedHere({ destroyed, socket }: RecordedRequest): boolean {
  if (!destroyed) return false;
  return !socket || (socket.destroyed && !socket.errored && !socket.readableEnded);
}
