/** Incoming HTTP/1.1 requests, from Node's diagnostics channel. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { endWork, reportInternalError, unrecordedServers, WorkRecord } from '@porthole/core/internal';
import { pathOf } from '../request-target.js';
import { expressRouteOf } from '../routes/express-route.js';
import { type AnswerEnd, endOfConnection, noteAnswer } from './answer-end.js';
import { contextsEndWithCallback, keepContext } from './body-context.js';
import { noteExpressAddress } from './client-address.js';
import { releaseConnection, rememberContext } from './idle-connection.js';
import { beginRequest, endRequest, RECORD } from './inbound-record.js';
import { endWithSocket } from './queued-responses.js';
import { type RequestHeaders, readRawHeaders } from './request-headers.js';
import type { RequestSelection } from './request-selection.js';
import { bodyBytesOf } from './response-size.js';

export const REQUEST_CHANNEL = 'http.server.request.start';

/** A response whose request is recorded. */
export type RecordedResponse = ServerResponse & {
  [RECORD]?: WorkRecord;
};

/** A server-side socket, with Node's own fields. */
export type RequestSocket = Socket & {
  readonly encrypted?: boolean;
  readonly parser?: unknown;
  /** The response that is being written. */
  readonly _httpMessage?: RecordedResponse | null;
};

/** The channel's message. */
interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: RecordedResponse;
  readonly socket: RequestSocket;
  readonly server: object;
}

/** Makes the listener of the channel, for the requests that `selection` includes. */
export function createRequestListener(selection: RequestSelection): (message: RequestStart) => void {
  const mustKeepContext = contextsEndWithCallback();

  /** Listener of a response's `close` event. */
  function onResponseClose(this: RecordedResponse): void {
    const record = this[RECORD];
    if (record === undefined || record.endMs !== 0) return;
    // `writableFinished` is also true if the rest of the response is given up. Then the response is still on its
    // connection or,
    // up to Node.js 22, the connection has an error.
    const isComplete = this.writableFinished && this.socket === null && !this.req.socket.errored;
    endResponse(record, this, selection, isComplete ? 'complete' : undefined);
    try {
      if (this.req.complete) releaseConnection(this.req, record);
    } catch (error) {
      reportInternalError('http', error);
    }
  }

  return ({ request, response, socket, server }) => {
    if (unrecordedServers.has(server)) return;
    const headers = readRawHeaders(request.rawHeaders);
    const record = createRequestRecord(request, socket, headers);
    selection.select(record);
    response[RECORD] = record;
    record.answer = response;
    // 'close' comes for every request, also for aborted ones; 'finish' does not.
    response.on('close', onResponseClose);
    // 'close' does not come if the connection ends before this response's turn.
    if (socket._httpMessage) endWithSocket(response, socket, onConnectionLost);
    const keepsContext = mustKeepContext && headers.hasBody;
    if (keepsContext) rememberContext(request);
    beginRequest(record);
    if (keepsContext) keepContext(socket.parser, request);
  };
}

/**
 * Ends `record` from the present state of `response`. Never throws. @param end - overrides the end of the connection
 */
export function endResponse(
  record: WorkRecord,
  response: RecordedResponse,
  selection: RequestSelection,
  end?: AnswerEnd,
): void {
  record.answer = undefined;
  try {
    const { req: request } = response;
    record.responseBodyBytes = bodyBytesOf(response, end === 'complete');
    // Until the head is sent, statusCode is only a plan.
    const status = response.headersSent ? response.statusCode : 0;
    if (end === undefined) {
      const error = response.errored ?? request.socket.errored;
      noteAnswer(record, status, endOfConnection(request.socket, response), error);
    } else {
      noteAnswer(record, status, end);
    }
    if (record.route === '') record.route = expressRouteOf(request);
    noteExpressAddress(record, request);
    selection.describe(record, request);
  } catch (error) {
    reportInternalError('http', error);
  }
  endWork(record);
}

/** The record of a request that has not begun. */
export function createRequestRecord(
  request: IncomingMessage,
  socket: RequestSocket,
  { parent, baggage, userAgent }: RequestHeaders,
): WorkRecord {
  const record = new WorkRecord('server', '', parent, baggage);
  record.method = request.method ?? '';
  record.path = pathOf(request.url ?? '');
  record.scheme = socket.encrypted === true ? 'https' : 'http';
  record.protocolVersion = request.httpVersion;
  record.clientAddress = socket.remoteAddress ?? '';
  record.userAgent = userAgent;
  return record;
}

/** Status 0: even if something was written, nothing was sent. */
function onConnectionLost(response: RecordedResponse): void {
  const record = response[RECORD];
  if (record === undefined) return;
  const { socket } = response.req;
  endRequest(record, 0, endOfConnection(socket), socket.errored);
}
