/**
 * OTLP over HTTP, as protobuf or JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp), with a limit on the whole
 * duration.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { unrecordedClients, VERSION } from '@porthole/core/internal';
import { runUnrecorded } from '../otel-api/run-unrecorded.js';
import { errorTypeOf, withCode } from './error-type.js';
import { gzipChunks } from './gzip-chunks.js';
import { otlpToJson } from './otlp-json.js';
import type { OtlpAnswer, OtlpClient, OtlpClientOptions, OtlpRefused } from './otlp-transport.js';
import { parseRejected, parseRejectedJson } from './partial-success.js';
import { parseRetryAfter } from './retry-after.js';

/** The head of an answer, and its body as far as it came. */
interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}

/** Answers are small; of one that is not, the rest is not read. */
const MAX_ANSWER_BYTES = 65_536;

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A client with one keep-alive connection, which does not keep the process alive. */
export function createHttpClient(options: OtlpClientOptions): OtlpClient {
  const url = new URL(options.endpoint);
  const json = options.protocol === 'http/json';
  const gzip = options.compression === 'gzip';
  const agent =
    url.protocol === 'https:'
      ? new https.Agent({ keepAlive: true, maxSockets: 1, ...options.certificates })
      : new http.Agent({ keepAlive: true, maxSockets: 1 });
  unrecordedClients.add(agent);
  const headers = {
    'user-agent': `porthole/${VERSION}`,
    ...options.headers,
    'content-type': json ? 'application/json' : 'application/x-protobuf',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  };
  let current: http.ClientRequest | undefined;
  let closed = false;

  const open = (bytes: number): http.ClientRequest => {
    const { request: send } = url.protocol === 'https:' ? https : http;
    const request = send(url, { method: 'POST', agent, headers: { ...headers, 'content-length': bytes } });
    request.on('socket', (socket) => socket.unref());
    return request;
  };
  const answerOf = ({ status, retryAfter, body }: HttpAnswer): OtlpAnswer => {
    if (status >= 200 && status < 300) {
      return { accepted: true, rejected: json ? parseRejectedJson(body.toString()) : parseRejected(body) };
    }
    const retryable = RETRYABLE_STATUSES.has(status);
    const retryAfterMs = retryable ? parseRetryAfter(retryAfter, Date.now()) : undefined;
    return { accepted: false, errorType: String(status), retryable, retryAfterMs };
  };

  return {
    encode: async (message) => {
      const chunks = json ? await otlpToJson(message, options.signal) : message;
      return gzip ? gzipChunks(chunks) : chunks;
    },
    send: (body, limitMs = Number.POSITIVE_INFINITY) =>
      new Promise((resolve) => {
        if (closed) return resolve(refused('closed'));
        runUnrecorded(() => {
          try {
            current = open(body.reduce((bytes, chunk) => bytes + chunk.length, 0));
          } catch (error) {
            return resolve({ ...refused(errorTypeOf(error)), retryable: false });
          }
          settle(current, Math.min(options.timeoutMs, limitMs), (result) => {
            current = undefined;
            resolve(typeof result === 'string' ? refused(result) : answerOf(result));
          });
          for (const chunk of body) current.write(chunk);
          current.end();
        });
      }),
    close: () => {
      closed = true;
      current?.destroy(withCode('closed'));
      agent.destroy();
    },
  };
}

function refused(errorType: string): OtlpRefused {
  return { accepted: false, errorType, retryable: true, retryAfterMs: undefined };
}

/** Calls `done` once, when the request is over in any way: with the answer, or why there was none. */
function settle(request: http.ClientRequest, timeoutMs: number, done: (result: HttpAnswer | string) => void): void {
  let result: HttpAnswer | string = 'closed';
  const deadline = setTimeout(() => request.destroy(withCode('timeout')), timeoutMs);
  deadline.unref();

  request.on('error', (error) => {
    // After the head of an answer the status counts.
    if (typeof result === 'string') result = errorTypeOf(error);
  });
  request.on('response', (response) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const status = response.statusCode ?? 0;
    const retryAfter = response.headers['retry-after'];
    result = { status, retryAfter, body: Buffer.alloc(0) };
    response.on('error', () => {});
    response.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > MAX_ANSWER_BYTES) request.destroy();
      else parts.push(part);
    });
    response.on('end', () => {
      result = { status, retryAfter, body: Buffer.concat(parts) };
      // An answer that came before the whole request was read: the rest will not be read, and until the request is
      // closed
      // the memory that it is sent from is not free.
      if (!request.writableFinished) request.destroy();
    });
  });
  request.on('close', () => {
    clearTimeout(deadline);
    done(result);
  });
}
