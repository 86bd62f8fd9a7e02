/**
 * OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): unary calls over `node:http2`, as gRPC's
 * protocol has them (doc/PROTOCOL-HTTP2.md of gRPC), with a limit on the whole duration.
 */
import * as http2 from 'node:http2';
import { VERSION } from '@porthole/core/internal';
import { runUnrecorded } from '../otel-api/run-unrecorded.js';
import { errorTypeOf } from './error-type.js';
import {
  type GrpcStatus,
  isRetryable,
  parseGrpcStatus,
  parseRetryInfo,
  statusOfHttp,
  statusOfReset,
} from './grpc-status.js';
import { gzipChunks } from './gzip-chunks.js';
import type { OtlpAnswer, OtlpClient, OtlpClientOptions, OtlpRefused, OtlpSignal } from './otlp-transport.js';
import { parseRejected } from './partial-success.js';

/** The calls' paths. */
const METHODS: Readonly<Record<OtlpSignal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

/** In front of a message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;

/** Answers are small; one that is not, is not believed. */
const MAX_ANSWER_BYTES = 65_536;

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = http2.constants;

/** A client with one connection, which does not keep the process alive. */
export function createGrpcClient(options: OtlpClientOptions): OtlpClient {
  const { origin } = new URL(options.endpoint);
  const gzip = options.compression === 'gzip';
  const headers = {
    'user-agent': `porthole/${VERSION}`,
    ...lowerCased(options.headers),
    ':method': 'POST',
    ':path': METHODS[options.signal],
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(gzip ? { 'grpc-encoding': 'gzip' } : {}),
  };
  let session: http2.ClientHttp2Session | undefined;
  let abort: ((errorType: string) => void) | undefined;
  let closed = false;

  const connected = (): http2.ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    session = http2.connect(origin, { settings: { enablePush: false }, ...options.certificates });
    // The end of the session ends its streams, and they report it.
    session.on('error', () => {});
    session.unref();
    return session;
  };

  const call = (body: readonly Uint8Array[], timeoutMs: number, done: (answer: OtlpAnswer) => void): void => {
    const connection = connected();
    const stream = connection.request({ ...headers, 'grpc-timeout': `${Math.max(Math.ceil(timeoutMs), 1)}m` });
    abort = (errorType) => {
      // The stream may be unknown to the receiver yet, and the connection a hole: nothing of both is waited for.
      finish(refusal(errorType));
      stream.close(NGHTTP2_CANCEL);
      connection.destroy();
    };
    const finish = settle(connection, stream, (answer) => {
      abort = undefined;
      clearTimeout(deadline);
      done(answer);
    });
    const deadline = setTimeout(() => abort?.('timeout'), timeoutMs);
    deadline.unref();
    for (const chunk of body) stream.write(chunk);
    stream.end();
  };

  return {
    encode: async (message) => {
      const content = gzip ? await gzipChunks(message) : message;
      const prefix = Buffer.alloc(PREFIX_BYTES);
      prefix[0] = gzip ? 1 : 0;
      prefix.writeUInt32BE(
        content.reduce((bytes, chunk) => bytes + chunk.length, 0),
        1,
      );
      // A copy: of a stream that is reset, data on its way to the socket is still read.
      return [Buffer.concat([prefix, ...content])];
    },
    send: (body, limitMs = Number.POSITIVE_INFINITY) =>
      new Promise((resolve) => {
        if (closed) return resolve(refusal('closed'));
        runUnrecorded(() => {
          try {
            call(body, Math.min(options.timeoutMs, limitMs), resolve);
          } catch (error) {
            resolve({ ...refusal(errorTypeOf(error)), retryable: false });
          }
        });
      }),
    close: () => {
      closed = true;
      abort?.('closed');
      session?.destroy();
    },
  };
}

/**
 * Calls `done` once, when the call is over in any way; the function that is returned ends it with an answer of its
 * own.
 */
function settle(
  connection: http2.ClientHttp2Session,
  stream: http2.ClientHttp2Stream,
  done: (answer: OtlpAnswer) => void,
): (answer: OtlpAnswer) => void {
  let settled = false;
  let httpStatus = 0;
  let grpc: http2.IncomingHttpHeaders | undefined;
  let failure: string | undefined;
  const parts: Buffer[] = [];
  let bytes = 0;

  const finish = (answer: OtlpAnswer): void => {
    if (settled) return;
    settled = true;
    connection.off('goaway', onGoaway);
    done(answer);
  };
  // Streams above the last one that the receiver has seen are safe to be sent again, and will never get an answer.
  const onGoaway = (_code: number, lastStreamId: number): void => {
    if (stream.id !== undefined && stream.id <= lastStreamId) return;
    finish(refusal('UNAVAILABLE'));
    stream.close(NGHTTP2_CANCEL);
  };
  connection.on('goaway', onGoaway);

  stream.on('response', (headers, flags) => {
    httpStatus = headers[':status'] ?? 0;
    // An answer without a message has its trailers in its head.
    if (headers['grpc-status'] !== undefined) grpc = headers;
    if ((flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0) endEarly(stream);
  });
  stream.on('trailers', (trailers) => {
    grpc = trailers;
    endEarly(stream);
  });
  stream.on('data', (part: Buffer) => {
    bytes += part.length;
    parts.push(part);
    if (bytes <= MAX_ANSWER_BYTES) return;
    finish({ ...refusal('RESOURCE_EXHAUSTED'), retryable: false });
    stream.close(NGHTTP2_CANCEL);
  });
  stream.on('error', (error) => {
    failure ??= errorTypeOf(causeOf(error));
  });
  stream.on('close', () => {
    if (grpc !== undefined) finish(answerOf(grpc, Buffer.concat(parts)));
    else if (httpStatus !== 0 && httpStatus !== 200) finish(statusRefusal(statusOfHttp(httpStatus)));
    else finish(failureOf(stream, failure));
  });
  return finish;
}

/** An answer that came before the whole request was read: the rest will not be read. */
function endEarly(stream: http2.ClientHttp2Stream): void {
  if (!stream.writableFinished) stream.close(NGHTTP2_NO_ERROR);
}

function answerOf(headers: http2.IncomingHttpHeaders, body: Buffer): OtlpAnswer {
  const status = parseGrpcStatus(headers['grpc-status']);
  if (status === 'OK') {
    const compressed = body[0] !== 0;
    return { accepted: true, rejected: compressed ? 0 : parseRejected(body.subarray(PREFIX_BYTES)) };
  }
  return statusRefusal(status, parseRetryInfo(headers['grpc-status-details-bin']));
}

/** A stream that was closed with no answer: reset by the receiver, or cut off with its connection. */
function failureOf(stream: http2.ClientHttp2Stream, failure: string | undefined): OtlpRefused {
  if (failure !== undefined && failure !== 'ERR_HTTP2_STREAM_ERROR') return refusal(failure);
  if (stream.rstCode === NGHTTP2_NO_ERROR) return refusal('UNAVAILABLE');
  return statusRefusal(statusOfReset(stream.rstCode ?? NGHTTP2_CANCEL));
}

/** The error of the session, if it ended the stream. */
function causeOf(error: Error & { code?: unknown }): unknown {
  return error.code === 'ERR_HTTP2_STREAM_CANCEL' ? (error.cause ?? error) : error;
}

function statusRefusal(status: GrpcStatus, retryAfterMs?: number): OtlpRefused {
  return { accepted: false, errorType: status, retryable: isRetryable(status, retryAfterMs), retryAfterMs };
}

/** The receiver has not confirmed anything: the request is sent again. */
function refusal(errorType: string): OtlpRefused {
  return { accepted: false, errorType, retryable: true, retryAfterMs: undefined };
}

/** HTTP/2 knows names in lower case only. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
