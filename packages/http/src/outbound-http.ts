/**
 * Requests that go out through `node:http` and `node:https`: each becomes a record of kind `client` and carries the trace context.
 * Nothing listens to `response` or `error`: a listener there would change what Node.js does for a request that has none.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
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
import type { Watch } from './inbound.js';
import { createCallRecord, failCall, noteStatus } from './outbound-call.js';
import { onRequestCreated } from './request-created.js';
import { REQUEST_HEAD } from './request-head.js';

const RESPONSE_CHANNEL = 'http.client.response.finish';
const ERROR_CHANNEL = 'http.client.request.error';

const RECORD = Symbol('porthole.record');

/** The record travels on the request itself. The other fields are Node's own. */
type RecordedRequest = ClientRequest & {
  [RECORD]?: WorkRecord;
  readonly agent?: { readonly defaultPort?: number } | undefined;
  readonly socketPath?: string;
  readonly res?: (IncomingMessage & { readonly upgrade?: boolean | null }) | null;
};

interface RequestMessage {
  readonly request: RecordedRequest;
}

/** Records every request of `node:http` and `node:https`, and passes the trace context on where the caller has not done so. */
export function watchOutboundHttp(): Watch {
  const stopCreated = onRequestCreated(onCreated);
  const onResponse = guardedListener('http', noteServerPort);
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
  startWork(record);
  // CONNECT is for the proxy, which has no part in the trace.
  if (record.method !== 'CONNECT') injectMissing(record, request, REQUEST_HEAD);
}

function onRequestClose(this: RecordedRequest): void {
  const record = this[RECORD];
  if (record !== undefined) end(record, this, undefined);
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
    if (error !== undefined) failCall(record, error);
    else if (!res) failCall(record, undefined);
    else if (!res.complete && !res.upgrade) failCall(record, res.errored ?? undefined);
  } catch (failure) {
    reportInternalError('http', failure);
  }
  endWork(record);
}

/** A Unix socket has its path as the address and no port. */
function setServer(record: WorkRecord, request: RecordedRequest): void {
  if (request.socketPath) {
    record.serverAddress = request.socketPath;
    return;
  }
  record.serverAddress = request.host;
  record.serverPort = portOf(request, record.scheme);
}

/**
 * The port as the `Host` header has it, which Node.js makes of the host and the port unless the caller gives one. One that names another
 * host says nothing of the port.
 */
function portOf(request: RecordedRequest, scheme: string): number {
  const header = request.getHeader('host');
  if (typeof header !== 'string') return 0;
  const { host } = request;
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  if (!header.startsWith(name)) return 0;
  if (header.length === name.length) return request.agent?.defaultPort ?? (scheme === 'https' ? 443 : 80);
  return header[name.length] === ':' ? Number(header.slice(name.length + 1)) || 0 : 0;
}

/** Where the head of the request does not tell, the connection does; when the request ends it may be gone. */
function noteServerPort({ request }: RequestMessage): void {
  const record = request[RECORD];
  if (record === undefined || record.serverPort !== 0 || request.socketPath) return;
  record.serverPort = request.socket?.remotePort ?? 0;
}
