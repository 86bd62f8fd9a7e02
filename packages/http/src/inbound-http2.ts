/**
 * Requests that come in by HTTP/2, from the `stream` event of the server: its diagnostics channels are not in Node.js 20. Both
 * APIs come this way, since the one that resembles HTTP/1.1 is made of the other.
 */
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { reportInternalError, unrecordedServers, WorkRecord } from '@porthole/core/internal';
import { keepScope } from './body-scope.js';
import { beginRequest, endRequest, RECORD } from './inbound-record.js';
import { readHttp2Headers, textOf } from './request-headers.js';
import { pathOf } from './request-target.js';

type RecordedStream = ServerHttp2Stream & { [RECORD]?: WorkRecord };

/** HTTP/1.1 methods are those that Node's parser knows; here they are anybody's invention, of any length. */
const MAX_METHOD_CHARACTERS = 32;

/** Listener of a server's `stream` event. Never throws. */
export function onStream(this: object, stream: RecordedStream, headers: IncomingHttpHeaders): void {
  if (unrecordedServers.has(this)) return;
  try {
    const record = createStreamRecord(stream.session, headers);
    stream[RECORD] = record;
    stream.on('close', onStreamClose);
    beginRequest(record);
    keepScope(handleOf(stream), stream);
  } catch (error) {
    reportInternalError('http', error);
  }
}

function createStreamRecord(session: Http2Session | undefined, headers: IncomingHttpHeaders): WorkRecord {
  const { parent, baggage, userAgent } = readHttp2Headers(headers);
  const record = new WorkRecord('server', '', parent, baggage);
  record.method = (textOf(headers[':method']) ?? '').slice(0, MAX_METHOD_CHARACTERS);
  record.path = pathOf(textOf(headers[':path']) ?? '');
  // Not `:scheme`, which the client chooses.
  record.scheme = session?.encrypted === true ? 'https' : 'http';
  record.protocolVersion = '2';
  record.clientAddress = session?.socket.remoteAddress ?? '';
  record.userAgent = userAgent;
  return record;
}

function onStreamClose(this: RecordedStream): void {
  const record = this[RECORD];
  if (record === undefined) return;
  try {
    const sent = this.sentHeaders;
    const status = this.headersSent ? Number(sent?.[':status'] ?? 0) : 0;
    const length = sent?.['content-length'];
    record.responseBodyBytes = length === undefined ? -1 : lengthOf(length);
    const isComplete = this.headersSent && !this.aborted && this.writableFinished;
    endRequest(record, status, !isComplete, this.errored);
  } catch (error) {
    reportInternalError('http', error);
  }
}

/** A header may be given as anything that becomes text. */
function lengthOf(contentLength: unknown): number {
  const bytes = Number(contentLength);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : -1;
}

/** Node.js keeps the native handle of a stream under a symbol of its own. */
function handleOf(stream: object): unknown {
  const symbol = Object.getOwnPropertySymbols(stream).find(({ description }) => description === 'kHandle');
  return symbol === undefined ? undefined : (stream as Record<symbol, unknown>)[symbol];
}
