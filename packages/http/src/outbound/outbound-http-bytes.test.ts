/** The bytes of requests of `node:http`, compared with the same requests without Porthole. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type ClientRequest, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
import https from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import tls from 'node:tls';
import { formatTraceparent, runInContext, WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ObservedRecords, observeRecords } from '../testing/observed-records.js';
import { type RawServer, startRawServer } from '../testing/raw-server.js';
import { instrumentOutboundHttp } from './outbound-http.js';

/** The forms of a caller's headers. */
const HEADERS: Readonly<Record<string, (headers: Readonly<Record<string, string>>) => RequestOptions['headers']>> = {
  'an object': (headers) => ({ ...headers }),
  'a flat list': (headers) => Object.entries(headers).flat(),
  // The types of Node.js do not cover it.
  'a list of pairs': (headers) => Object.entries(headers) as unknown as string[],
};

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly isComplete: (received: string) => boolean;
  readonly send: (request: ClientRequest) => Promise<void> | void;
}

const headOnly = (received: string) => received.endsWith('\r\n\r\n');
const body = (received: string) => received.endsWith('END');
const chunks = (received: string) => received.endsWith('0\r\n\r\n');
const connected = (request: ClientRequest) => once(request, 'socket').then(() => nextTurn());

/** The ways to send a request. */
const SENDINGS: Readonly<Record<string, Sending>> = {
  'end() at once': { method: 'GET', headers: {}, isComplete: headOnly, send: (request) => void request.end() },
  'end() once there is a socket': {
    method: 'GET',
    headers: {},
    isComplete: headOnly,
    send: async (request) => {
      await connected(request);
      request.end();
    },
  },
  'end() with a string': {
    method: 'PUT',
    headers: { 'Content-Length': '7' },
    isComplete: body,
    send: (request) => void request.end('wörEND', 'latin1'),
  },
  'a string and a buffer': {
    method: 'PUT',
    headers: { 'Content-Length': '8' },
    isComplete: body,
    send: (request) => {
      request.write('wör');
      request.end(Buffer.from('\0END'));
    },
  },
  'a buffer first': {
    method: 'PUT',
    headers: { 'Content-Length': '5' },
    isComplete: body,
    send: (request) => {
      request.write(Buffer.from([13, 10]));
      request.end('END');
    },
  },
  'chunks over time': {
    method: 'POST',
    headers: {},
    isComplete: chunks,
    send: async (request) => {
      request.write('one');
      await connected(request);
      request.write('two');
      await nextTurn();
      request.end();
    },
  },
  'flushHeaders() and a body later': {
    method: 'POST',
    headers: {},
    isComplete: chunks,
    send: async (request) => {
      request.flushHeaders();
      await connected(request);
      request.end('late');
    },
  },
  'cork()': {
    method: 'POST',
    headers: {},
    isComplete: chunks,
    send: (request) => {
      request.cork();
      request.write('one');
      request.write('two');
      request.uncork();
      request.end();
    },
  },
  Expect: {
    method: 'POST',
    headers: { Expect: '100-continue', 'Content-Length': '3' },
    isComplete: body,
    send: async (request) => {
      await connected(request);
      request.end('END');
    },
  },
};

/** An agent that gets its connections with a delay, as agents for a proxy do. */
class LateAgent extends http.Agent {
  override createConnection(
    options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): null {
    setImmediate(() => callback?.(null, connect(options as { port: number })));
    return null;
  }
}

const oneSocket = (): http.Agent => new http.Agent({ keepAlive: true, maxSockets: 1 });

/** The kinds of connection of a request. `agents` keeps those of agents between two requests. */
const CONNECTIONS: Readonly<Record<string, () => { options: () => RequestOptions; close: () => void }>> = {
  'the global agent': () => ({ options: () => ({}), close: () => http.globalAgent.destroy() }),
  'agent: false': () => ({ options: () => ({ agent: false }), close: () => {} }),
  'an agent without keep-alive': () => withAgent(new http.Agent({ keepAlive: false })),
  'an agent whose socket is used again': () => withAgent(oneSocket()),
  'an agent that connects later': () => withAgent(new LateAgent()),
  'createConnection of its own': () => ({
    options: () => ({ createConnection: (options) => connect(options as { port: number }) }),
    close: () => {},
  }),
};

function withAgent(agent: http.Agent): { options: () => RequestOptions; close: () => void } {
  return { options: () => ({ agent }), close: () => agent.destroy() };
}

const parent = new WorkRecord('server', '', undefined, 'tenant=7,a=%20b');

let server: RawServer;
let records: ObservedRecords;

beforeAll(async () => {
  server = await startRawServer();
});
afterAll(() => server.close());
beforeEach(() => {
  records = observeRecords();
});
afterEach(() => records.close());

/** Sends one request and returns the bytes that the server received. */
async function bytesOf(
  sending: Sending,
  options: RequestOptions,
  { to = server, create = http.request }: { to?: RawServer; create?: typeof http.request } = {},
): Promise<string> {
  to.expect(sending.isComplete);
  const before = to.requests.length;
  await runInContext(parent, async () => {
    const request = create({ host: '127.0.0.1', port: to.port, path: '/p?q=1', method: sending.method, ...options });
    const closed = once(request, 'close');
    request.on('response', (response) => response.resume());
    await sending.send(request);
    await closed;
  });
  expect(to.requests).toHaveLength(before + 1);
  return to.requests[before] as string;
}

/** `bytes` without the headers of the last record. Each of them must be there once. */
async function withoutContext(bytes: string, count: number): Promise<string> {
  const record = (await records.clients(count)).at(-1) as WorkRecord;
  return [`traceparent: ${formatTraceparent(record)}\r\n`, `baggage: ${parent.baggage}\r\n`].reduce((rest, line) => {
    expect(rest.split(line)).toHaveLength(2);
    expect(rest.indexOf(line)).toBeLessThan(bytes.indexOf('\r\n\r\n'));
    return rest.replace(line, '');
  }, bytes);
}

describe.each(Object.entries(CONNECTIONS))('with %s', (_, open) => {
  test.each(Object.entries(SENDINGS))('%s: adds only the context', async (_sending, sending) => {
    const connection = open();
    let count = 0;
    for (const headersOf of Object.values(HEADERS)) {
      const headers = headersOf({ Host: 'a.example', 'X-One': 'ä', ...sending.headers }) as OutgoingHttpHeaders;
      const options = () => ({ ...connection.options(), headers });
      const plain = await bytesOf(sending, options());
      const instrumentation = instrumentOutboundHttp();
      try {
        const recorded = await bytesOf(sending, options());
        count += 1;
        expect(await withoutContext(recorded, count)).toBe(plain);
      } finally {
        instrumentation.close();
      }
    }
    connection.close();
  });
});

test('gives requests that wait for a socket of their agent the context of their caller', async () => {
  const agent = oneSocket();
  const instrumentation = instrumentOutboundHttp();
  server.expect(headOnly);
  const before = server.requests.length;
  const parents = Array.from({ length: 5 }, () => new WorkRecord('server', '', undefined));
  await Promise.all(
    parents.map((waiting) =>
      runInContext(waiting, async () => {
        const request = http.get({ host: '127.0.0.1', port: server.port, agent }, (response) => response.resume());
        await once(request, 'close');
      }),
    ),
  );
  instrumentation.close();
  agent.destroy();
  const calls = await records.clients(5);
  expect(calls.map(({ traceId0 }) => traceId0)).toEqual(parents.map(({ traceId0 }) => traceId0));
  for (const [i, bytes] of server.requests.slice(before).entries()) {
    expect(bytes).toContain(`\r\ntraceparent: ${formatTraceparent(calls[i] as WorkRecord)}\r\n`);
  }
});

describe('https and Unix sockets', () => {
  const key = { psk: Buffer.alloc(16, 7), identity: 'test' };
  const psk = { ciphers: 'PSK', maxVersion: 'TLSv1.2', checkServerIdentity: () => undefined } as const;

  test('https: adds only the context, with the global agent and with another one', async () => {
    const secure = await startRawServer({
      create: (listener) => tls.createServer({ ...psk, pskCallback: () => key.psk }, listener),
    });
    const agents = [undefined, new https.Agent({ keepAlive: true })];
    let count = 0;
    for (const agent of agents) {
      for (const sending of Object.values(SENDINGS)) {
        const options = () =>
          ({
            ...psk,
            pskCallback: () => key,
            headers: { ...sending.headers },
            ...(agent && { agent }),
          }) as RequestOptions;
        const plain = await bytesOf(sending, options(), { to: secure, create: https.request });
        const instrumentation = instrumentOutboundHttp();
        const recorded = await bytesOf(sending, options(), { to: secure, create: https.request });
        instrumentation.close();
        count += 1;
        expect(await withoutContext(recorded, count)).toBe(plain);
        expect((await records.clients(count)).at(-1)).toMatchObject({ scheme: 'https', serverPort: secure.port });
      }
    }
    for (const agent of [https.globalAgent, agents[1]]) agent?.destroy();
    secure.close();
  });

  test('a Unix socket: records its path as the address, and no port', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'porthole-http-'));
    const socketPath = join(folder, 'a.sock');
    const local = await startRawServer({ path: socketPath });
    const instrumentation = instrumentOutboundHttp();
    await bytesOf(SENDINGS['end() at once'] as Sending, { socketPath }, { to: local });
    instrumentation.close();
    local.close();
    rmSync(folder, { recursive: true });
    expect((await records.clients(1))[0]).toMatchObject({ serverAddress: socketPath, serverPort: 0, status: 200 });
  });
});

test('adds no second trace context and changes nothing else, with any header names and values', async () => {
  const name = fc.oneof(
    fc.constantFrom('traceparent', 'TraceParent', 'TRACESTATE', 'Baggage', 'baggage', 'X-Traceparent', 'traceparent2'),
    fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,15}$/).map((text) => `x-${text}`),
  );
  const value = fc.stringMatching(/^[!-~\u00a1-\u00ff]{0,40}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(name, value), { maxLength: 6, selector: ([key]) => key.toLowerCase() }),
      fc.constantFrom(...Object.values(HEADERS)),
      fc.constantFrom(...Object.values(SENDINGS)),
      fc.constantFrom(...Object.values(CONNECTIONS)),
      async (given, headersOf, sending, open) => {
        const connection = open();
        const headers = headersOf({
          Host: 'a',
          ...sending.headers,
          ...Object.fromEntries(given),
        }) as OutgoingHttpHeaders;
        const plain = await bytesOf(sending, { ...connection.options(), headers });
        const instrumentation = instrumentOutboundHttp();
        const recorded = await bytesOf(sending, { ...connection.options(), headers });
        instrumentation.close();
        connection.close();
        const names = given.map(([key]) => key.toLowerCase());
        const isTraced = names.includes('traceparent') || names.includes('tracestate');
        const added = addedLines(plain, recorded);
        expect(added.map((line) => line.split(':')[0])).toEqual([
          ...(isTraced ? [] : ['traceparent']),
          ...(names.includes('baggage') ? [] : ['baggage']),
        ]);
      },
    ),
    { numRuns: 150 },
  );
});

/** The lines that `longer` has in addition to `plain`. Fails at any other difference. */
function addedLines(plain: string, longer: string): readonly string[] {
  const lines = longer.split('\r\n');
  const expected = plain.split('\r\n');
  const added: string[] = [];
  let i = 0;
  for (const line of lines) {
    if (line === expected[i]) i += 1;
    else added.push(line);
  }
  expect(i).toBe(expected.length);
  return added;
}
