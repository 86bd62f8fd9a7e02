/** A dependency that answers over HTTP. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import * as http from 'node:http';
import * as https from 'node:https';
import { unrecordedClients } from '@porthole/core/internal';
import type { HealthCheck } from '../health-check.js';

export interface HttpCheckOptions {
  /** Of `http:` or `https:`; asked with GET. */
  readonly url: string;
  /** The statuses that are well, from and to, both included. @defaultValue [200, 399] */
  readonly statuses?: readonly [from: number, to: number];
  /** Sent with each request. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Fails where the status is another one, or there is none. Redirects are not followed, the body is not read, and nothing is recorded of the
 * request.
 *
 * @example
 * health.readiness('search', httpCheck({ url: 'http://search:9200/_cluster/health' }));
 */
export function httpCheck({ url, statuses: [from, to] = [200, 399], headers = {} }: HttpCheckOptions): HealthCheck {
  const target = new URL(url);
  const { Agent, request } = target.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: false });
  unrecordedClients.add(agent);
  return async ({ signal }) => {
    const status = await statusOf(request, target, { agent, headers, signal });
    if (status < from || status > to)
      throw new Error(`${target.host} answers ${status}, ${from} to ${to} are expected`);
  };
}

type Request = (url: URL, options: RequestOptions) => ClientRequest;

function statusOf(request: Request, url: URL, options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, options);
    asked.on('response', (response: IncomingMessage) => {
      resolve(response.statusCode ?? 0);
      asked.destroy();
    });
    asked.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`${url.host}: ${error.code ?? error.message}`)),
    );
    asked.end();
  });
}
