/**
 * Requests that come in by HTTP/2, from the `stream` event of the server: its diagnostics channels are not in Node.js 20. Both
 * APIs come this way, since the one that resembles HTTP/1.1 is made of the other.
 */
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { endWork, reportInternalError, unrecordedServers, WorkRecord } from '@porthole/core/internal';
import { keepScope } from './body-scope.js';
import { beginRequest, noteAnswer, RECORD } from './inbound-record.js';
import { nodeProperty } from './node-property.js';
import { readHttp2Headers, textOf } from './request-headers.js';
import type { DescribedRequest, RequestSelection } from './request-selection.js';
import { pathOf } from './request-target.js';

/** The key under which the request's headers travel on its stream. */
const HEADERS: unique symbol = Symbol('porthole.headers');

type RecordedStream = ServerHttp2Stream & { [RECORD]?: WorkRecord; [HEADERS]?: IncomingHttpHeaders };

/** HTTP/1.1 methods are those that Node's parser knows; here they are anybody's invention, of any length. */
const MAX_METHOD_CHARACTERS = 32;

/** Makes the listener of a server's `stream` event, for the requests that `selection` has. It never throws. */
export function createStreamListener(
  selection: RequestSelection,
): (this: object, stream: RecordedStream, headers: IncomingHttpHeaders) => void {
  /** Listener of a stream's `close` event. */
  function onStreamClose(this: RecordedStream): void {
    const record = this[RECORD];
    if (record === undefined || record.endMs !== 0) return;
    try {
      const sent = this.sentHeaders;
      const length = sent?.['content-length'];
      record.responseBodyBytes = length === undefined ? -1 : lengthOf(length);
      const isComplete = this.headersSent && !this.aborted && this.writableFinished;
      noteAnswer(record, this.headersSent ? Number(sent?.[':status'] ?? 0) : 0, !isComplete, this.errored);
      selection.describe(record, describedRequest(this[HEADERS] ?? {}));
    } catch (error) {
      reportInternalError('http', error);
    }
    endWork(record);
  }

  return function onStream(stream, headers) {
    if (unrecordedServers.has(this)) return;
    try {
      const record = createStreamRecord(stream.session, headers);
      selection.select(record);
      stream[RECORD] = record;
      stream[HEADERS] = headers;
      stream.on('close', onStreamClose);
      beginRequest(record);
      keepScope(handleOf(stream), stream);
    } catch (error) {
      reportInternalError('http', error);
    }
  };
}

function describedRequest(headers: IncomingHttpHeaders): DescribedRequest {
  return { method: textOf(headers[':method']), url: textOf(headers[':path']), headers };
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

/** A header may be given as anything that becomes text. */
function lengthOf(contentLength: unknown): number {
  const bytes = Number(contentLength);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : -1;
}

/** The native handle of a stream. */
const handleOf = nodeProperty('kHandle');
