/**
 * Requests that go out through `fetch` and undici: each becomes a record of kind `client` and carries the trace context. Seen
 * through undici's diagnostics channels, which the `fetch` of every supported Node.js publishes too.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  createChildRecord,
  endWork,
  guardedListener,
  injectContext,
  startWork,
  type WorkRecord,
} from '@porthole/core/internal';
import type { Watch } from './inbound.js';

/** undici's request object, as its channels show it. */
interface UndiciRequest {
  readonly origin?: string | URL;
  readonly method: string;
  readonly path: string;
  /** One string of header lines up to undici 5, a flat list of names and values from 6 on. */
  readonly headers: string | readonly (string | readonly string[])[];
  addHeader(name: string, value: string): void;
}

interface RequestMessage {
  readonly request: UndiciRequest;
}

/** Records every request of `fetch` and undici, and passes the trace context on where the caller has not done so. */
export function watchOutboundFetch(): Watch {
  const records = new WeakMap<UndiciRequest, WorkRecord>();

  const onCreate = ({ request }: RequestMessage): void => {
    const record = createChildRecord('client', '');
    const query = request.path.indexOf('?');
    record.method = request.method;
    record.path = query < 0 ? request.path : request.path.slice(0, query);
    setOrigin(record, request.origin);
    records.set(request, record);
    startWork(record);
    if (hasTraceparent(request.headers)) return;
    injectContext({ parent: record, baggage: record.baggage }, (name, value) => request.addHeader(name, value));
  };
  const onHeaders = ({
    request,
    response,
  }: RequestMessage & { readonly response: { readonly statusCode: number } }): void => {
    const record = records.get(request);
    if (record === undefined) return;
    record.status = response.statusCode;
    if (record.status >= 400) record.errorType = String(record.status);
  };
  const onTrailers = ({ request }: RequestMessage): void => {
    const record = records.get(request);
    if (record !== undefined) endWork(record);
  };
  const onError = ({ request, error }: RequestMessage & { readonly error: unknown }): void => {
    const record = records.get(request);
    if (record === undefined) return;
    record.fail(error);
    endWork(record);
  };

  const subscriptions: readonly (readonly [string, (message: unknown) => void])[] = [
    ['undici:request:create', guardedListener('http', onCreate)],
    ['undici:request:headers', guardedListener('http', onHeaders)],
    ['undici:request:trailers', guardedListener('http', onTrailers)],
    ['undici:request:error', guardedListener('http', onError)],
  ];
  for (const [channel, listener] of subscriptions) subscribe(channel, listener);
  return {
    close: () => {
      for (const [channel, listener] of subscriptions) unsubscribe(channel, listener);
    },
  };
}

function setOrigin(record: WorkRecord, origin: string | URL | undefined): void {
  if (origin === undefined || !URL.canParse(String(origin))) return;
  const { protocol, hostname, port } = new URL(String(origin));
  record.scheme = protocol.slice(0, -1);
  // A URL has an IPv6 address in brackets, `server.address` has it without.
  record.serverAddress = hostname.replace(/^\[(.*)\]$/, '$1');
  record.serverPort = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function hasTraceparent(headers: UndiciRequest['headers']): boolean {
  if (typeof headers === 'string') return /^traceparent:/im.test(headers);
  for (let i = 0; i < headers.length; i += 2) {
    if (String(headers[i]).toLowerCase() === 'traceparent') return true;
  }
  return false;
}
