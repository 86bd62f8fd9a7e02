/**
 * Requests that come in: each becomes a record of kind `server`, active for all that the request starts. Seen through Node's
 * own diagnostics channel, so it holds for every framework, bundled or not, and needs no loader flag.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  endWork,
  enterScope,
  guardedListener,
  reportInternalError,
  startWork,
  unrecordedServers,
  WorkRecord,
} from '@porthole/core/internal';
import { readRequestHeaders } from './request-headers.js';

const CHANNEL = 'http.server.request.start';

interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: RecordedResponse;
  readonly socket: Socket & { readonly encrypted?: boolean };
  readonly server: Server;
}

const RECORD = Symbol('porthole.record');

/** The record travels on the response itself, so that its end needs no closure and no map. */
type RecordedResponse = ServerResponse & { [RECORD]?: WorkRecord };

/** A subscription that can be ended. */
export interface Watch {
  close(): void;
}

/** Records every request that a server of `node:http` or `node:https` of this process takes in. */
export function watchInbound(): Watch {
  const listener = guardedListener('http', onRequestStart);
  subscribe(CHANNEL, listener);
  return { close: () => void unsubscribe(CHANNEL, listener) };
}

function onRequestStart({ request, response, socket, server }: RequestStart): void {
  if (unrecordedServers.has(server)) return;
  const { parent, baggage, userAgent } = readRequestHeaders(request);
  const record = new WorkRecord('server', '', parent, baggage);
  record.method = request.method ?? '';
  record.path = pathOf(request.url ?? '');
  record.scheme = socket.encrypted === true ? 'https' : 'http';
  record.protocolVersion = request.httpVersion;
  record.clientAddress = socket.remoteAddress ?? '';
  record.userAgent = userAgent;
  response[RECORD] = record;
  // 'close' comes for every request, also for those that the client aborts; 'finish' does not.
  response.on('close', onResponseClose);
  startWork(record);
  enterScope(record);
}

function onResponseClose(this: RecordedResponse): void {
  const record = this[RECORD];
  if (record === undefined) return;
  try {
    record.aborted = !this.writableFinished;
    // Until the head is sent, statusCode is only what would have been sent.
    if (this.headersSent) record.status = this.statusCode;
    record.responseBodyBytes = contentLengthOf(this);
    if (record.status >= 500 && record.errorType === '') record.errorType = String(record.status);
  } catch (error) {
    reportInternalError('http', error);
  }
  endWork(record);
}

/**
 * Node notes the length as it writes the head, which is all that is left of headers that were given to `writeHead`:
 * `getHeader` does not see those.
 */
function contentLengthOf(response: ServerResponse & { readonly _contentLength?: number | null }): number {
  return response._contentLength ?? -1;
}

/** The path of a request target: without the query, and without the origin that absolute forms carry. */
function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (path.startsWith('/')) return path;
  const authority = path.indexOf('://');
  if (authority < 0) return path;
  const slash = path.indexOf('/', authority + 3);
  return slash < 0 ? '/' : path.slice(slash);
}
