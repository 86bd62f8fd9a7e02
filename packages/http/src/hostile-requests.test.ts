/** A hostile request gets the same response as without Porthole, and a record of its target. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { internalErrors } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instrumentInbound } from './inbound/inbound.js';
import { type ObservedRecords, observeRecords } from './testing/observed-records.js';
import { rawExchange } from './testing/raw-exchange.js';

let server: http.Server;

beforeAll(async () => {
  server = http.createServer({ maxHeaderSize: 200_000 }, (request, response) => {
    response.sendDate = false;
    response.end(JSON.stringify([request.method, request.url, request.rawHeaders.length]));
  });
  server.maxHeadersCount = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The received bytes for `bytes`, and the records that were made. */
async function watched(bytes: string): Promise<{ answer: string; records: ObservedRecords['ended'] }> {
  const instrumentation = instrumentInbound();
  const records = observeRecords();
  try {
    return { answer: await send(bytes), records: records.ended };
  } finally {
    instrumentation.close();
    records.close();
  }
}

function send(bytes: string): Promise<string> {
  return rawExchange((server.address() as AddressInfo).port, bytes);
}

const HEAD = 'Host: a\r\nConnection: close\r\n';
const get = (target: string, headers = ''): string => `GET ${target} HTTP/1.1\r\n${HEAD}${headers}\r\n`;

describe('gives a hostile request the same response as without Porthole, and a record of its target', () => {
  test.each<[string, string, string | undefined]>([
    ['a traceparent that is not valid', get('/x', 'traceparent: 00-zz\r\n'), '/x'],
    ['a traceparent of zeros', get('/x', `traceparent: 00-${'0'.repeat(32)}-${'0'.repeat(16)}-01\r\n`), '/x'],
    ['a header of 100 KB', get('/x', `baggage: ${'a'.repeat(100_000)}\r\n`), '/x'],
    ['a tracestate of 100 KB', get('/x', `tracestate: ${'a=b,'.repeat(25_000)}\r\n`), '/x'],
    ['5,000 headers', get('/x', Array.from({ length: 5000 }, (_, i) => `a${i}: b\r\n`).join('')), '/x'],
    ['1,000 headers of one name', get('/x', 'baggage: a=b\r\n'.repeat(1000)), '/x'],
    ['bytes beyond ASCII in a header', get('/x', 'user-agent: \xff\xfe\x80\r\nbaggage: \xff=\xfe\r\n'), '/x'],
    ['a path with invalid escapes', get('/%zz/%/%c3%28'), '/%zz/%/%c3%28'],
    ['a path of bytes beyond ASCII, which Node.js rejects', get('/\xe2\x82'), undefined],
    ['an absolute target', get('http://b.example/y?z=1'), '/y'],
    ['a target that begins with two slashes', get('//b.example/y'), '//b.example/y'],
    ['a long path', get(`/${'p'.repeat(60_000)}?q`), `/${'p'.repeat(60_000)}`],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HEAD}\r\n`, '*'],
    ['an unknown method', `BREW /pot HTTP/1.1\r\n${HEAD}\r\n`, undefined],
    ['a rare method', `M-SEARCH /x HTTP/1.1\r\n${HEAD}\r\n`, '/x'],
    ['a line that is not a request', '\x00\x01\x02\r\n\r\n', undefined],
    ['a header without a name', get('/x', ': nothing\r\n'), undefined],
  ])('%s', async (_, bytes, path) => {
    const expected = await send(bytes);
    const { answer, records } = await watched(bytes);
    expect(answer).toBe(expected);
    expect(answer).toMatch(/^HTTP\/1\.1 /);
    expect(records.map((record) => record.path)).toEqual(path === undefined ? [] : [path]);
    expect(internalErrors().size).toBe(0);
  });

  test('any bytes in the context headers', async () => {
    const value = fc.string({
      unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
      maxLength: 200,
    });
    const names = fc.constantFrom('traceparent', 'tracestate', 'baggage', 'user-agent', 'TraceParent');
    const lines = fc.array(
      fc.tuple(names, value).map(([name, text]) => `${name}: ${text}\r\n`),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(lines, async (headers) => {
        const bytes = get('/x', headers.join(''));
        const expected = await send(bytes);
        const { answer, records } = await watched(bytes);
        expect(answer).toBe(expected);
        expect(records).toHaveLength(expected.startsWith('HTTP/1.1 200') ? 1 : 0);
        expect(internalErrors().size).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
