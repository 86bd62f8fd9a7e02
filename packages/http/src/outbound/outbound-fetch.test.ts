import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { addObserver, formatTraceparent, runInContext, WorkRecord } from '@porthole/core/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Instrumentation } from '../inbound/inbound.js';
import { instrumentOutboundFetch } from './outbound-fetch.js';

let instrumentation: Instrumentation;
let unobserve: () => void;
let ended: WorkRecord[];
let server: http.Server;
let port: number;
let received: http.IncomingHttpHeaders[];

beforeEach(async () => {
  ended = [];
  received = [];
  instrumentation = instrumentOutboundFetch();
  unobserve = addObserver({ component: 'test', end: (record) => void ended.push(record) });
  server = http.createServer((request, response) => {
    received.push(request.headers);
    response.statusCode = request.url === '/missing' ? 404 : 200;
    response.end('answer');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  instrumentation.close();
  unobserve();
  server.closeAllConnections();
  server.close();
});

describe('instrumentOutboundFetch', () => {
  test('makes a client record that is a child of the active one, and passes its context on', async () => {
    const parent = new WorkRecord('server', '', undefined, 'a=1');
    parent.sampled = true;
    const response = await runInContext(parent, () => fetch(`http://127.0.0.1:${port}/quote?card=4111`));
    await response.text();

    expect(ended).toHaveLength(1);
    const record = ended[0] as WorkRecord;
    expect(record).toMatchObject({
      kind: 'client',
      method: 'GET',
      path: '/quote',
      scheme: 'http',
      serverAddress: '127.0.0.1',
      serverPort: port,
      status: 200,
      errorType: '',
      traceId0: parent.traceId0,
      parentSpanId0: parent.spanId0,
    });
    expect(received[0]).toMatchObject({ traceparent: formatTraceparent(record), baggage: 'a=1' });
  });

  test('does not add a second traceparent if the caller has set one', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await (await fetch(`http://127.0.0.1:${port}/`, { headers: { Traceparent: traceparent } })).text();
    expect(received[0]?.traceparent).toBe(traceparent);
  });

  test('reports the status as the error type of a client error', async () => {
    await (await fetch(`http://127.0.0.1:${port}/missing`)).text();
    expect(ended[0]).toMatchObject({ status: 404, errorType: '404' });
  });

  test('names an IPv6 server without the brackets of the URL', async () => {
    // There is no listener on that port, if there is IPv6 at all.
    await fetch(`http://[::1]:${port}/`).catch(() => {});
    expect(ended[0]).toMatchObject({ serverAddress: '::1', serverPort: port });
  });

  test('ends the record of an unanswered call with the error', async () => {
    server.close();
    await once(server, 'close');
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
    expect(ended).toHaveLength(1);
    expect(ended[0]?.error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
