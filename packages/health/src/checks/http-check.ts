/** A dependency that answers over HTTP. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import * as http from 'node:http';
import * as https from 'node:https';
import { unrecordedClients } from '@porthole/core/internal';
import type { HealthCheck } from '../health-check.js';
import { badOption, show, wholeNumber } from '../option-value.js';

export interface HttpCheckOptions {
  /** Of `http:` or `https:`; asked with GET. */
  readonly url: string;
  /** The statuses that are well, from and to, both included. @defaultValue [200, 399] */
  readonly statuses?: readonly [from: number, to: number] | undefined;
  /** Sent with each request. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Fails if the status is another one, or missing. Redirects are not followed, the body is not read, and nothing is recorded of the
 * request.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if a value is not allowed.
 *
 * @example
 * health.readiness('search', httpCheck({ url: 'http://search:9200/_cluster/health' }));
 */
export function httpCheck(options: HttpCheckOptions): HealthCheck {
  const { statuses = [200, 399], headers = {} } = options;
  const target = urlOf(options.url);
  if (!Array.isArray(statuses) || statuses.length !== 2)
    throw badOption('statuses', shownList(statuses), 'the first and the last that is well, such as [200, 399]');
  const from = wholeNumber('statuses', statuses[0], 100, 599);
  const to = wholeNumber('statuses', statuses[1], from, 599);
  const { Agent, request } = target.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: false });
  unrecordedClients.add(agent);
  return async ({ signal }) => {
    const status = await statusOf(request, target, { agent, headers, signal });
    if (status < from || status > to)
      throw new Error(`${target.host} answers ${status}, ${from} to ${to} are expected`);
  };
}

function shownList(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(show).join(', ')}]` : show(value);
}

/** A wrong URL is not shown: it may hold a password. */
function urlOf(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target;
  throw badOption('url', 'the value', 'a URL of http: or https:');
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
