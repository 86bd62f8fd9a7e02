/**
 * Incoming HTTP/2 requests, from the server's `stream` event: Node.js 20 lacks the diagnostics channels. This covers
 * both APIs, since the one that resembles HTTP/1.1 is built on the other.
 */
import { constants, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { endWork, reportInternalError, unrecordedServers, WorkRecord } from '@porthole/core/internal';
import { pathOf } from '../request-target.js';
import { type AnswerEnd, endOfStream, noteAnswer } from './answer-end.js';
import { keepContext } from './body-context.js';
import { beginRequest, RECORD } from './inbound-record.js';
import { readHttp2Headers, textOf } from './request-headers.js';
import type { DescribedRequest, RequestSelection } from './request-selection.js';
import { bytesCounted, countAgain, countBytes, handleOf } from './stream-size.js';

/** The key of the request's headers on its stream. */
const HEADERS: unique symbol = Symbol('porthole.headers');

/** The keys of facts that are readable only while Node.js closes the stream. */
const END: unique symbol = Symbol('porthole.end');
const IS_UNSENT: unique symbol = Symbol('porthole.is-unsent');

export type RecordedStream = ServerHttp2Stream & {
  [RECORD]?: WorkRecord;
  [HEADERS]?: IncomingHttpHeaders;
  [END]?: AnswerEnd;
  [IS_UNSENT]?: boolean;
};

const NO_ERROR = constants.NGHTTP2_NO_ERROR;

/** Node's HTTP/1.1 parser accepts only known methods. An HTTP/2 client can send any method, of any length. */
const MAX_METHOD_CHARACTERS = 32;

/** Makes the listener of a server's `stream` event, for the requests that `selection` includes. It never throws. */
export function createStreamListener(
  selection: RequestSelection,
): (this: object, stream: RecordedStream, headers: IncomingHttpHeaders) => void {
  /** Listener of a stream's `close` event. */
  function onStreamClose(this: RecordedStream): void {
    const record = this[RECORD];
    if (record !== undefined && record.endMs === 0) endStream(record, this, selection);
  }

  return function onStream(stream, headers) {
    if (unrecordedServers.has(this)) return;
    try {
      const record = createStreamRecord(stream.session, headers);
      selection.select(record);
      stream[RECORD] = record;
      record.answer = stream;
      stream[HEADERS] = headers;
      stream.on('close', onStreamClose);
      stream.on('aborted', onStreamAborted);
      beginRequest(record);
      const handle = handleOf(stream);
      countBytes(stream, handle);
      keepContext(handle, stream);
    } catch (error) {
      reportInternalError('http', error);
    }
  };
}

/** Ends `record` from the present state of `stream`. Never throws. @param end - overrides the end of the stream */
export function endStream(
  record: WorkRecord,
  stream: RecordedStream,
  selection: RequestSelection,
  end: AnswerEnd = isComplete(stream) ? 'complete' : (stream[END] ?? 'aborted'),
): void {
  record.answer = undefined;
  try {
    record.responseBodyBytes = end === 'complete' ? bytesCounted(stream, record.method) : -1;
    const status = stream.headersSent ? Number(stream.sentHeaders?.[':status'] ?? 0) : 0;
    noteAnswer(record, status, end, stream.errored);
    selection.describe(record, describedRequest(stream[HEADERS] ?? {}));
  } catch (error) {
    reportInternalError('http', error);
  }
  endWork(record);
}

/**
 * If both sides of a stream have ended and the application has read the whole request, Node.js closes it before the
 * last writes finish.
 */
function isComplete(stream: RecordedStream): boolean {
  if (!stream.headersSent || stream.aborted) return false;
  if (stream.writableFinished) return true;
  return stream.writableEnded && stream.rstCode === NO_ERROR && !stream.errored && stream[IS_UNSENT] !== true;
}

/** Listener of a stream's `aborted` event: the stream is being closed, and its response has not ended. */
function onStreamAborted(this: RecordedStream): void {
  try {
    this[END] = endOfStream(this);
  } catch (error) {
    reportInternalError('http', error);
  }
}

/** The channel on which Node.js 22 and later publishes a closing stream while its state can still be read. */
export const STREAM_CLOSE_CHANNEL = 'http2.server.stream.close';

/**
 * Listener of that channel. A client may cancel with `NO_ERROR`, as Node's own does by `close()`. Then only the unsent
 * end of the response shows the cancellation. On Node.js 20, its request counts as answered if the application had
 * ended the response.
 */
export function onStreamClosing({ stream }: { readonly stream: RecordedStream }): void {
  if (stream[RECORD] === undefined) return;
  countAgain(stream);
  if (!stream.writableEnded || stream.writableFinished) return;
  if (stream.state.localClose === 0) stream[IS_UNSENT] = true;
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
