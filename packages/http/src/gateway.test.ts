/**
 * The headers that a service gets behind a gateway that passes on its caller's headers, through the usual clients and
 * proxies.
 */
import { once } from 'node:events';
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as nodeRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import replyFrom from '@fastify/reply-from';
import { propagate } from '@porthole/core';
import { choosePropagators, spanIdOf, traceIdOf, withRecord } from '@porthole/core/internal';
import axios from 'axios';
import fastify from 'fastify';
import httpProxy from 'http-proxy';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instrumentInbound } from './inbound/inbound.js';
import { instrumentOutboundFetch } from './outbound/outbound-fetch.js';
import { instrumentOutboundHttp } from './outbound/outbound-http.js';
import { type ObservedRecords, observeRecords } from './testing/observed-records.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const OWN_CHOICE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** The header names and values that the upstream got last. */
let received: readonly string[];
let upstream: Server;
let target: string;
let records: ObservedRecords;
const instrumentations = [instrumentInbound(), instrumentOutboundHttp(), instrumentOutboundFetch()];
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  upstream = createServer((request, response) => {
    received = request.rawHeaders;
    request.resume();
    response.end('answer');
  });
  target = await listen(upstream);
});
afterAll(() => {
  for (const instrumentation of instrumentations) instrumentation.close();
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(() => {
  records = observeRecords();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  records.close();
  choosePropagators(['tracecontext', 'baggage']);
});

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Starts a gateway and returns its address. */
type Gateway = () => Promise<string>;

function handledBy(handle: Handler): Gateway {
  return async () => {
    const server = createServer((request, response) => void handle(request, response));
    const address = await listen(server);
    cleanups.push(
      () => server.close(),
      () => server.closeAllConnections(),
    );
    return address;
  };
}

/** The headers that a client with its own connection may pass on. */
function endToEnd({
  host: _,
  connection: _connection,
  'transfer-encoding': _encoding,
  ...headers
}: IncomingHttpHeaders) {
  return headers as Record<string, string>;
}

const throughReplyFrom = (options: object): Gateway => {
  return async () => {
    const app = fastify();
    await app.register(replyFrom, { base: target, ...options });
    app.all('/*', (_request, reply) => reply.from('/'));
    cleanups.push(() => app.close());
    return app.listen({ host: '127.0.0.1', port: 0 });
  };
};

const GATEWAYS: Readonly<Record<string, Gateway>> = {
  '@fastify/reply-from, which uses undici': throughReplyFrom({}),
  '@fastify/reply-from with node:http': throughReplyFrom({ http: {} }),
  'http-proxy': async () => {
    const proxy = httpProxy.createProxyServer();
    cleanups.push(() => proxy.close());
    return handledBy((request, response) => proxy.web(request, response, { target }))();
  },
  'http.request with an object of headers': handledBy((request, response) => {
    const { method, headers } = request;
    request.pipe(nodeRequest(target, { method, headers }, (answer) => answer.pipe(response)));
  }),
  'http.request and headers that are set one by one': handledBy((request, response) => {
    const passed = nodeRequest(target, { method: request.method }, (answer) => answer.pipe(response));
    for (const [name, value] of Object.entries(endToEnd(request.headers))) passed.setHeader(name, value);
    request.pipe(passed);
  }),
  'http.request and headers that are set later': handledBy(async (request, response) => {
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    const passed = nodeRequest(target, { agent }, (answer) => answer.pipe(response));
    await once(passed, 'socket');
    await new Promise((resolve) => setTimeout(resolve, 20));
    passed.setHeaders(new Map(Object.entries(endToEnd(request.headers))));
    passed.flushHeaders();
    setTimeout(() => passed.end(), 10);
  }),
  'http.request and headers that are appended': handledBy((request, response) => {
    const passed = nodeRequest(target, (answer) => answer.pipe(response));
    for (const [name, value] of Object.entries(endToEnd(request.headers))) passed.appendHeader(name, value);
    passed.end();
  }),
  'http-proxy and headers that are set when it has a socket': async () => {
    const proxy = httpProxy.createProxyServer();
    proxy.on('proxyReq', (passed: ClientRequest, request: IncomingMessage) => {
      for (const [name, value] of Object.entries(endToEnd(request.headers))) passed.setHeader(name, value);
    });
    cleanups.push(() => proxy.close());
    return handledBy((request, response) => proxy.web(request, response, { target }))();
  },
  'http.request with a list of headers': handledBy((request, response) => {
    const { method, rawHeaders } = request;
    request.pipe(nodeRequest(target, { method, headers: rawHeaders }, (answer) => answer.pipe(response)));
  }),
  'http.request with a body that is written at once': handledBy((request, response) => {
    const headers = ['Host', 'x', ...Object.entries(endToEnd(request.headers)).flat(), 'Content-Length', '4'];
    const passed = nodeRequest(target, { method: 'POST', headers }, (answer) => answer.pipe(response));
    passed.end('body');
  }),
  fetch: handledBy(async (request, response) => {
    response.end(await (await fetch(target, { headers: endToEnd(request.headers) })).text());
  }),
  axios: handledBy(async (request, response) => {
    response.end((await axios.get(target, { headers: endToEnd(request.headers) })).data);
  }),
  'fetch inside work of its own': handledBy((request, response) =>
    withRecord({ name: 'pass on' }, async () => {
      response.end(await (await fetch(target, { headers: endToEnd(request.headers) })).text());
    }),
  ),
};

/**
 * Sends `headers` through a gateway. Returns those that the upstream got under the same names, and its trace headers.
 */
async function through(gateway: Gateway, headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const address = await gateway();
  const request = nodeRequest(address, { headers: { ...headers, connection: 'close' }, agent: false });
  const answered = once(request.end(), 'response') as Promise<[IncomingMessage]>;
  const [response] = await answered;
  response.resume();
  await once(response, 'end');
  const got: Record<string, string> = {};
  for (let i = 0; i < received.length; i += 2) {
    const name = (received[i] as string).toLowerCase();
    got[name] = name in got ? `${got[name]},${received[i + 1]}` : (received[i + 1] as string);
  }
  return got;
}

/** The ids of the span of the gateway's own call. */
async function gatewayCall(): Promise<{ traceId: string; spanId: string }> {
  const calls = await records.clients(2);
  const call = calls.find(({ parentIsRemote, path }) => path === '/' && parentIsRemote === false);
  if (call === undefined) throw new Error('the gateway made no call');
  return { traceId: traceIdOf(call), spanId: spanIdOf(call) };
}

describe.each(Object.entries(GATEWAYS))('behind a gateway with %s', (_, gateway) => {
  test("makes the gateway's call the parent, in the trace of its caller", async () => {
    const headers = await through(gateway, { Traceparent: TRACEPARENT, tracestate: 'a=1,b=2', baggage: 'c=3' });
    const { traceId, spanId } = await gatewayCall();
    expect(traceId).toBe(TRACE_ID);
    expect(headers).toMatchObject({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'a=1,b=2', baggage: 'c=3' });
  });

  test("replaces the caller's headers in the chosen formats", async () => {
    choosePropagators(['b3', 'b3multi', 'jaeger', 'xray', 'ottrace']);
    const headers = await through(gateway, {
      b3: `${TRACE_ID}-${SPAN_ID}-1-00f067aa0ba902b7`,
      'X-B3-TraceId': TRACE_ID,
      'X-B3-SpanId': SPAN_ID,
      'X-B3-ParentSpanId': '00f067aa0ba902b7',
      'X-B3-Sampled': '1',
      'uber-trace-id': `${TRACE_ID}:${SPAN_ID}:00f067aa0ba902b7:1`,
      'X-Amzn-Trace-Id': `Root=1-${TRACE_ID.slice(0, 8)}-${TRACE_ID.slice(8)};Parent=${SPAN_ID};Sampled=1`,
      'ot-tracer-traceid': TRACE_ID.slice(16),
      'ot-tracer-spanid': SPAN_ID,
      'ot-tracer-sampled': 'true',
    });
    const { spanId } = await gatewayCall();
    expect(headers).toMatchObject({
      b3: expect.stringContaining(`-${spanId}-1`),
      'x-b3-spanid': spanId,
      'x-b3-sampled': '1',
      'uber-trace-id': expect.stringContaining(`:${spanId}:0:01`),
      'x-amzn-trace-id': expect.stringContaining(`Parent=${spanId};Sampled=1`),
      'ot-tracer-spanid': spanId,
    });
    expect(headers).not.toHaveProperty('x-b3-parentspanid');
    expect(JSON.stringify(headers)).not.toContain(SPAN_ID);
  });
});

test.each([
  ['b3', { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '1' }],
  ['b3multi', { b3: `${TRACE_ID}-${SPAN_ID}-1` }],
] as const)('with the propagator %s, replaces copies in the other form of B3', async (propagator, sent) => {
  choosePropagators([propagator]);
  const headers = await through(GATEWAYS.fetch as Gateway, sent);
  const { spanId } = await gatewayCall();
  expect(JSON.stringify(headers)).toContain(spanId);
  expect(JSON.stringify(headers)).not.toContain(SPAN_ID);
});

describe.each(['http.request with a list of headers', 'fetch'])('behind a gateway with %s', (name) => {
  const gateway = GATEWAYS[name] as Gateway;

  test('replaces a copy in another format beside one in a chosen format', async () => {
    const headers = await through(gateway, { traceparent: TRACEPARENT, b3: `${TRACE_ID}-${SPAN_ID}-1` });
    const { spanId } = await gatewayCall();
    expect(headers).toMatchObject({
      traceparent: `00-${TRACE_ID}-${spanId}-01`,
      b3: `${TRACE_ID}-${spanId}-1`,
    });
  });
});

test.each<[string, (headers: Record<string, string>) => Promise<unknown>]>([
  ['fetch', (headers) => fetch(target, { headers }).then((answer) => answer.text())],
  ['node:http', (headers) => once(nodeRequest(target, { headers, agent: false }).end(), 'close')],
])("keeps the gateway's own traceparent with %s, even beside copies in other formats", async (_, call) => {
  const gateway = handledBy(async (_request, response) => {
    await call({ traceparent: OWN_CHOICE, tracestate: 'own=1', b3: `${TRACE_ID}-${SPAN_ID}-1` });
    response.end();
  });
  const headers = await through(gateway, { traceparent: TRACEPARENT, tracestate: 'a=1' });
  expect(headers).toMatchObject({ traceparent: OWN_CHOICE, tracestate: 'own=1', b3: `${TRACE_ID}-${SPAN_ID}-1` });
});

test('puts the sending work into the headers of a forwarded message', () => {
  const arrived = { Traceparent: Buffer.from(TRACEPARENT), tracestate: 'a=1', other: 'x' };
  withRecord({ kind: 'consumer', name: 'take', carrier: arrived }, (consumer) => {
    const copies = [{ ...arrived }, new Map<string, unknown>([['traceparent', TRACEPARENT]]), new Headers()];
    (copies[2] as Headers).set('traceparent', TRACEPARENT);
    for (const copy of copies) propagate(copy);
    expect(copies[0]).toEqual({
      traceparent: expect.stringContaining(spanIdOf(consumer)),
      tracestate: 'a=1',
      other: 'x',
    });
    expect((copies[1] as Map<string, unknown>).get('traceparent')).toContain(spanIdOf(consumer));
    expect((copies[2] as Headers).get('traceparent')).toContain(spanIdOf(consumer));

    const sent = { ...arrived };
    withRecord({ kind: 'producer', name: 'send', carrier: sent }, (producer) => {
      expect(sent).toMatchObject({ traceparent: expect.stringContaining(spanIdOf(producer)) });
    });
    const chosen = { traceparent: OWN_CHOICE };
    propagate(chosen);
    expect(chosen).toEqual({ traceparent: OWN_CHOICE });
  });
});
