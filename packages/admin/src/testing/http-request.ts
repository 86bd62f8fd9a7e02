/** A request over TCP or a Unix socket, as a client of `node:http` makes it. */
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request and reads the whole answer. */
export function send(options: RequestOptions, body?: string): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent: false, ...options }, async (response) => {
      let received = '';
      for await (const chunk of response) received += chunk;
      resolve({ status: response.statusCode as number, headers: response.headers, body: received });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
