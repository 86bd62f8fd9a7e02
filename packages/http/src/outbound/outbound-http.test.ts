import { once } from 'node:events';
import http, { type ClientRequest, type RequestOptions } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NO_WORK, runInContext, unrecordedClients, WorkRecord } from '@porthole/core/internal';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Instrumentation } from '../inbound/inbound.js';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { instrumentOutboundHttp } from './outbound-http.js';
import { hasCreatedChannel } from './request-created.js';

const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

let instrumentation: Instrumentation;
let records: ObservedRecords;
let server: http.Server;
let port: number;
let received: http.IncomingMessage[];

beforeEach(async () => {
  received = [];
  server = http.createServer((request, response) => {
    received.push(request);
    if (request.url === '/missing') response.statusCode = 404;
    if (request.url === '/silent') return;
    if (request.url === '/hang-up') request.socket.destroy();
    else if (request.url === '/cut-off' || request.url === '/stall') {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half ');
      if (request.url === '/cut-off') setImmediate(() => request.socket.destroy());
    } else if (request.url === '/hints') {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.end('answer');
    } else response.end('answer');
  });
  server.on('upgrade', (_request, socket: Socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  });
  server.on('connect', (_request, socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  records = observeRecords();
  instrumentation = instrumentOutboundHttp();
});

afterEach(() => {
  instrumentation.close();
  records.close();
  server.closeAllConnections();
  server.close();
});

function start(path: string, options: RequestOptions = {}): ClientRequest {
  return http.request({ host: '127.0.0.1', port, path, agent: false, ...options });
}

/** The record of the only call of a test, once it has ended. */
async function recordOfOne(): Promise<WorkRecord> {
  const calls = await records.clients(1);
  await nextTurn();
  expect(records.ended).toHaveLength(1);
  return calls[0] as WorkRecord;
}

describe('the record of a call', () => {
  test('has the request, the response and the active record as its parent', async () => {
    const parent = new WorkRecord('server', '', undefined, 'a=1');
    runInContext(parent, () => start('/quote?card=4111', { method: 'PUT' }).end('x'));
    const record = await recordOfOne();
    expect(record).toMatchObject({
      kind: 'client',
      method: 'PUT',
      path: '/quote',
      scheme: 'http',
      serverAddress: '127.0.0.1',
      serverPort: port,
      protocolVersion: '1.1',
      status: 200,
      errorType: '',
      aborted: false,
      traceId0: parent.traceId0,
      parentSpanId0: parent.spanId0,
    });
  });

  test('ends with the response, even without a listener for it', async () => {
    start('/missing').end();
    expect(await recordOfOne()).toMatchObject({ status: 404, errorType: '404', aborted: false });
  });

  test('has the status of the final response, not that of early hints or of 100 Continue', async () => {
    start('/hints', { headers: { Expect: '100-continue' } }).end();
    expect(await recordOfOne()).toMatchObject({ status: 200, errorType: '' });
  });

  test('has the port if the Host header has another host or is part of a list', async () => {
    start('/', { headers: { Host: 'shop.example:99' } }).end();
    start('/', { headers: ['Host', 'shop.example'] }).end();
    for (const record of await records.clients(2)) {
      expect(record).toMatchObject({ serverAddress: '127.0.0.1', serverPort: port });
    }
  });

  test('names an IPv6 server without brackets', async () => {
    // There is no listener on that port, if there is IPv6 at all.
    http.get(`http://[::1]:${port}/`).on('error', () => {});
    expect(await recordOfOne()).toMatchObject({ serverAddress: '::1', serverPort: port });
  });

  test('ends when the protocol changes', async () => {
    const request = start('/chat', { headers: { Connection: 'Upgrade', Upgrade: 'echo' } });
    request.on('upgrade', (_response, socket) => socket.destroy()).end();
    expect(await recordOfOne()).toMatchObject({ status: 101, errorType: '', aborted: false });
  });

  test('ends when a proxy has opened a tunnel, and sends the proxy no context', async () => {
    let headers: http.IncomingHttpHeaders | undefined;
    server.prependListener('connect', (request) => {
      headers = request.headers;
    });
    const request = start('db.example:5432', { method: 'CONNECT' });
    request.on('connect', (_response, socket) => socket.destroy()).end();
    expect(await recordOfOne()).toMatchObject({ method: 'CONNECT', status: 200, errorType: '', aborted: false });
    expect(headers).not.toHaveProperty('traceparent');
  });

  test('is one for each request of a reused connection', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 3; i++) start(`/${i}`, { agent }).end();
    const calls = await records.clients(3);
    agent.destroy();
    expect(calls.map(({ path }) => path)).toEqual(['/0', '/1', '/2']);
  });
});

describe('a call that fails', () => {
  test('that is refused has the code of the error', async () => {
    server.close();
    await once(server, 'close');
    start('/')
      .on('error', () => {})
      .end();
    expect(await recordOfOne()).toMatchObject({
      status: 0,
      errorType: 'ECONNREFUSED',
      aborted: false,
      error: { code: 'ECONNREFUSED' },
    });
  });

  test('whose createConnection fails has the code of the error', async () => {
    const createConnection: RequestOptions['createConnection'] = (_options, callback) => {
      setImmediate(() => callback(Object.assign(new Error('no'), { code: 'EPERM' }), new Socket()));
      return undefined;
    };
    const agent = new http.Agent();
    agent.createConnection = createConnection as typeof agent.createConnection;
    start('/', { agent })
      .on('error', () => {})
      .end();
    expect(await recordOfOne()).toMatchObject({ status: 0, errorType: 'EPERM' });
  });

  test('whose server hangs up has the code of the error', async () => {
    start('/hang-up')
      .on('error', () => {})
      .end();
    expect(await recordOfOne()).toMatchObject({ status: 0, errorType: 'ECONNRESET' });
  });

  test('whose response is cut off is aborted and has the received status', async () => {
    const request = start('/cut-off');
    request.on('response', (response) => response.on('error', () => {}).resume()).end();
    expect(await recordOfOne()).toMatchObject({ status: 200, errorType: 'ECONNRESET', aborted: true });
  });

  test('whose signal aborts it before the response is cancelled', async () => {
    const abort = new AbortController();
    const request = start('/silent', { signal: abort.signal });
    request.on('error', () => {}).end();
    await once(server, 'request');
    abort.abort();
    expect(await recordOfOne()).toMatchObject({
      status: 0,
      errorType: '',
      aborted: true,
      attributes: { 'porthole.cancelled': true },
    });
  });

  test('that is destroyed by its own time-out has the code that the application gives', async () => {
    const request = start('/silent', { timeout: 20 });
    request.on('timeout', () => request.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })));
    request.on('error', () => {}).end();
    expect(await recordOfOne()).toMatchObject({ status: 0, errorType: 'ETIMEDOUT' });
  });

  test('that is aborted before it is sent is cancelled', async () => {
    const request = start('/');
    request.on('error', () => {});
    request.abort();
    expect(await recordOfOne()).toMatchObject({ status: 0, errorType: '', aborted: true });
  });

  test('that the application cancels during the response is aborted and not an error', async () => {
    const abort = new AbortController();
    start('/stall', { signal: abort.signal })
      .on('response', (response) => response.on('error', () => {}).on('data', () => abort.abort()))
      .on('error', () => {})
      .end();
    start('/stall')
      .on('response', (response) => response.on('error', () => {}).on('data', () => response.destroy()))
      .end();
    for (const record of await records.clients(2)) {
      expect(record).toMatchObject({ status: 200, errorType: '', aborted: true, error: undefined });
    }
  });
});

describe('exclusions', () => {
  test('leaves out marked agents', async () => {
    const agent = new http.Agent();
    unrecordedClients.add(agent);
    const request = start('/own', { agent }).end();
    await once(request, 'close');
    start('/shown').end();
    expect(await recordOfOne()).toMatchObject({ path: '/shown' });
    expect(received.map(({ url, headers }) => [url, 'traceparent' in headers])).toEqual([
      ['/own', false],
      ['/shown', true],
    ]);
  });

  test('leaves out calls in an OpenTelemetry context that suppresses tracing', async () => {
    const record = new WorkRecord('server', '', undefined);
    const otelContext = { getValue: (key: symbol) => key === SUPPRESS_TRACING };
    const request = runInContext({ ...NO_WORK, record, otelContext }, () => start('/export').end());
    await once(request, 'close');
    expect(records.ended).toEqual([]);
    expect(received[0]?.headers).not.toHaveProperty('traceparent');
  });
});

describe('the application', () => {
  test('may overwrite the context after the request is made', async () => {
    const request = start('/');
    request.setHeader('Traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    request.end();
    await recordOfOne();
    expect(received[0]?.rawHeaders.filter((text) => text.toLowerCase() === 'traceparent')).toHaveLength(1);
    expect(received[0]?.headers.traceparent).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  });

  test('still crashes at an error without a listener of its own', async () => {
    const request = start('/');
    expect(request.listenerCount('error')).toBe(0);
    expect(request.listenerCount('response')).toBe(0);
    request.end();
    await recordOfOne();
  });

  test("gets Node's own method back after close, and its calls are no longer recorded", async () => {
    const { onSocket } = http.ClientRequest.prototype as unknown as { onSocket: unknown };
    instrumentation.close();
    const second = instrumentOutboundHttp();
    second.close();
    const original = (http.ClientRequest.prototype as unknown as { onSocket: unknown }).onSocket;
    expect(original !== onSocket).toBe(!hasCreatedChannel(process.versions.node));
    await once(start('/').end(), 'close');
    expect(records.ended).toEqual([]);
  });

  test('may extend the same method later, and close keeps its extension', async () => {
    const prototype = http.ClientRequest.prototype as unknown as { onSocket: (...args: unknown[]) => void };
    const ours = prototype.onSocket;
    const theirs = vi.fn(function (this: unknown, ...args: unknown[]) {
      ours.apply(this, args);
    });
    prototype.onSocket = theirs;
    instrumentation.close();
    expect(prototype.onSocket).toBe(theirs);
    await once(start('/').end(), 'close');
    expect(theirs).toHaveBeenCalledTimes(1);
    expect(records.ended).toEqual([]);
    prototype.onSocket = ours;
    instrumentation.close();
  });
});

test.each([
  ['20.19.0', false],
  ['20.20.2', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['22.23.3', true],
  ['23.1.0', false],
  ['23.2.0', true],
  ['24.0.0', true],
  ['26.10.0', true],
  ['27.0.0-nightly', true],
])('Node.js %s publishes a created request: %s', (version, expected) => {
  expect(hasCreatedChannel(version)).toBe(expected);
});
