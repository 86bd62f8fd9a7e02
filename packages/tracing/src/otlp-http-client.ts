/** One POST to an OTLP receiver (https://opentelemetry.io/docs/specs/otlp/#otlphttp), with a limit on its whole duration. */
import * as http from 'node:http';
import * as https from 'node:https';
import { runOutsideScope, VERSION } from '@porthole/core/internal';

/** What the receiver said. */
export interface PostAnswer {
  readonly answered: true;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Uint8Array;
}

/** Why there was no answer: a system error's code, `timeout` or `closed`. */
export interface PostFailure {
  readonly answered: false;
  readonly errorType: string;
}

export interface OtlpClientOptions {
  /** Full URL, `http:` or `https:`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the first byte of the name look-up to the last of the answer. */
  readonly timeoutMs: number;
}

/** Sends bodies to one receiver, one at a time. */
export interface OtlpClient {
  /** Sends the chunks as one body. Never rejects. The chunks are not read any more once the promise is resolved. */
  post(chunks: readonly Uint8Array[]): Promise<PostAnswer | PostFailure>;
  /** Ends the request that is under way and closes the connection. */
  close(): void;
}

/** Answers are small; of one that is not, the rest is not read. */
const MAX_ANSWER_BYTES = 65_536;

/** A client with one keep-alive connection, which does not keep the process alive. */
export function createOtlpClient(options: OtlpClientOptions): OtlpClient {
  const url = new URL(options.endpoint);
  const protocol = url.protocol === 'https:' ? https : http;
  const agent = new protocol.Agent({ keepAlive: true, maxSockets: 1 });
  let current: http.ClientRequest | undefined;
  let closed = false;

  const open = (bytes: number): http.ClientRequest => {
    const request = protocol.request(url, {
      method: 'POST',
      agent,
      headers: {
        'user-agent': `porthole/${VERSION}`,
        ...options.headers,
        'content-type': 'application/x-protobuf',
        'content-length': bytes,
      },
    });
    request.on('socket', (socket) => socket.unref());
    return request;
  };

  return {
    post: (chunks) =>
      new Promise((resolve) => {
        if (closed) return resolve({ answered: false, errorType: 'closed' });
        runOutsideScope(() => {
          try {
            current = open(chunks.reduce((bytes, chunk) => bytes + chunk.length, 0));
          } catch (error) {
            return resolve({ answered: false, errorType: codeOf(error) });
          }
          settle(current, options.timeoutMs, (result) => {
            current = undefined;
            resolve(result);
          });
          for (const chunk of chunks) current.write(chunk);
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

/** Calls `done` once, when the request is over in whatever way. */
function settle(
  request: http.ClientRequest,
  timeoutMs: number,
  done: (result: PostAnswer | PostFailure) => void,
): void {
  let result: PostAnswer | PostFailure = { answered: false, errorType: 'closed' };
  const deadline = setTimeout(() => request.destroy(withCode('timeout')), timeoutMs);
  deadline.unref();

  request.on('error', (error) => {
    // After the head of an answer the status is what counts.
    if (!result.answered) result = { answered: false, errorType: codeOf(error) };
  });
  request.on('response', (response) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const status = response.statusCode ?? 0;
    const retryAfter = response.headers['retry-after'];
    result = { answered: true, status, retryAfter, body: Buffer.alloc(0) };
    response.on('error', () => {});
    response.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > MAX_ANSWER_BYTES) request.destroy();
      else parts.push(part);
    });
    response.on('end', () => {
      result = { answered: true, status, retryAfter, body: Buffer.concat(parts) };
      // An answer that came before the whole request was read: nobody will read the rest, and until the request is closed
      // the memory that it is sent from is not free.
      if (!request.writableFinished) request.destroy();
    });
  });
  request.on('close', () => {
    clearTimeout(deadline);
    done(result);
  });
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The code of a system error (`ECONNREFUSED`), else its name: a small set, as the value of a label has to be. */
function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
