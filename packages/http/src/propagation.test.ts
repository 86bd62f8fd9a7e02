/**
 * The cases of the W3C's own test suite (https://github.com/w3c/trace-context/tree/main/test), with real incoming and
 * outgoing requests.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { choosePropagators } from '@porthole/core/internal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instrumentInbound } from './inbound/inbound.js';
import { instrumentOutboundFetch } from './outbound/outbound-fetch.js';

const TRACE_ID = '12345678901234567890123456789012';
const PARENT = `00-${TRACE_ID}-1234567890123456-01`;

let upstream: Server;
let service: Server;
const instrumentations = [instrumentInbound(), instrumentOutboundFetch()];

beforeAll(async () => {
  upstream = createServer((request, response) => response.end(JSON.stringify(request.headers))).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  service = createServer(async (_request, response) => {
    response.end(await (await fetch(`http://127.0.0.1:${port}`)).text());
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
});
afterAll(() => {
  for (const instrumentation of instrumentations) instrumentation.close();
  service.close();
  upstream.close();
});

/** The headers that the service passes on for the given header lines. */
async function passedOn(...lines: readonly string[]): Promise<Record<string, string | undefined>> {
  const socket = connect((service.address() as AddressInfo).port, '127.0.0.1');
  socket.write(['GET / HTTP/1.1', 'host: x', 'connection: close', ...lines, '', ''].join('\r\n'));
  let text = '';
  socket.setEncoding('latin1').on('data', (part) => {
    text += part;
  });
  await once(socket, 'close');
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
}

describe('traceparent', () => {
  const continues = async (...lines: string[]): Promise<boolean> => {
    const { traceparent = '' } = await passedOn(...lines);
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/);
    expect(traceparent).not.toContain('1234567890123456-');
    return traceparent.startsWith(`00-${TRACE_ID}-`);
  };

  test.each([
    ['valid', [`traceparent: ${PARENT}`]],
    ['a name in any case', [`TraceParent: ${PARENT}`]],
    ['blanks around it', [`traceparent: \t ${PARENT} \t`]],
    ['a later version', [`traceparent: cc-${TRACE_ID}-1234567890123456-01`]],
    [
      'a later version with more after it',
      [`traceparent: cc-${TRACE_ID}-1234567890123456-01-what-the-future-will-be-like`],
    ],
    ['unknown flags', [`traceparent: 00-${TRACE_ID}-1234567890123456-ff`]],
  ])('continues the trace: %s', async (_, lines) => expect(await continues(...lines)).toBe(true));

  test.each([
    ['none', []],
    ['two', [`traceparent: ${PARENT}`, `traceparent: ${PARENT}`]],
    ['version ff', [`traceparent: ff-${TRACE_ID}-1234567890123456-01`]],
    ['a version that is not a number', [`traceparent: .0-${TRACE_ID}-1234567890123456-01`]],
    ['a short version', [`traceparent: 0-${TRACE_ID}-1234567890123456-01`]],
    ['version 00 with more after it', [`traceparent: ${PARENT}-what`]],
    ['version 00 with a dot after it', [`traceparent: ${PARENT}.`]],
    ['a later version with a dot after it', [`traceparent: cc-${TRACE_ID}-1234567890123456-01.what`]],
    ['a trace id of zeros', [`traceparent: 00-${'0'.repeat(32)}-1234567890123456-01`]],
    ['a span id of zeros', [`traceparent: 00-${TRACE_ID}-${'0'.repeat(16)}-01`]],
    ['a trace id that is not a number', [`traceparent: 00-.${TRACE_ID.slice(1)}-1234567890123456-01`]],
    ['upper case', [`traceparent: 00-${TRACE_ID.slice(0, 31)}A-1234567890123456-01`]],
    ['a long trace id', [`traceparent: 00-${TRACE_ID}0-1234567890123456-01`]],
    ['a short span id', [`traceparent: 00-${TRACE_ID}-123456789012345-01`]],
    ['flags that are not a number', [`traceparent: 00-${TRACE_ID}-1234567890123456-.0`]],
    ['short flags', [`traceparent: 00-${TRACE_ID}-1234567890123456-1`]],
    ['other separators', [`traceparent: 00_${TRACE_ID}_1234567890123456_01`]],
  ])('starts a trace: %s', async (_, lines) => expect(await continues(...lines)).toBe(false));

  test('keeps the known flags, also random', async () => {
    for (const [flags, expected] of [
      ['00', '00'],
      ['01', '01'],
      ['03', '03'],
      ['fe', '02'],
      ['ff', '03'],
    ] as const) {
      const { traceparent } = await passedOn(`traceparent: 00-${TRACE_ID}-1234567890123456-${flags}`);
      expect(traceparent?.slice(-2)).toBe(expected);
    }
  });
});

describe('tracestate', () => {
  const with33 = Array.from({ length: 33 }, (_, i) => `bar${i}=${i}`);
  test.each([
    ['unchanged', ['tracestate: foo=1,bar=2'], 'foo=1,bar=2'],
    ['several headers as one list', ['tracestate: foo=1', 'tracestate: bar=2'], 'foo=1,bar=2'],
    ['with blanks', ['tracestate: foo=1 \t , \t bar=2'], 'foo=1 \t , \t bar=2'],
    ['with empty members', ['tracestate: foo=1,,bar=2,'], 'foo=1,,bar=2,'],
    ['with a repeated key', ['tracestate: foo=1,foo=2'], 'foo=1,foo=2'],
    [
      'with all allowed characters',
      [`tracestate: 0a_-*/@z=${String.fromCharCode(...chars())}`],
      `0a_-*/@z=${String.fromCharCode(...chars())}`,
    ],
    ['of 32 members', [`tracestate: ${with33.slice(1).join(',')}`], with33.slice(1).join(',')],
    [
      'of more than 512 characters',
      [`tracestate: a=${'x'.repeat(255)},b=${'y'.repeat(255)},c=${'z'.repeat(255)}`],
      `a=${'x'.repeat(255)},b=${'y'.repeat(255)},c=${'z'.repeat(255)}`,
    ],
    ['with a key of 256 characters', [`tracestate: ${'z'.repeat(256)}=1`], `${'z'.repeat(256)}=1`],
  ])('is passed on %s', async (_, lines, expected) => {
    expect((await passedOn(`traceparent: ${PARENT}`, ...lines)).tracestate).toBe(expected);
  });

  test.each([
    ['33 members', [`tracestate: ${with33.join(',')}`]],
    ['a key of 257 characters', [`tracestate: ${'z'.repeat(257)}=1`]],
    ['a value of 257 characters', [`tracestate: a=${'x'.repeat(257)}`]],
    ['an upper-case key', ['tracestate: FOO=1']],
    ['a blank in a key', ['tracestate: foo =1']],
    ['an empty value', ['tracestate: foo=']],
    ['no value', ['tracestate: foo']],
    ['two equals signs', ['tracestate: foo=bar=baz']],
    ['an empty list', ['tracestate: ']],
  ])('is dropped without ending the trace: %s', async (_, lines) => {
    const headers = await passedOn(`traceparent: ${PARENT}`, ...lines);
    expect(headers.tracestate).toBeUndefined();
    expect(headers.traceparent).toContain(TRACE_ID);
  });

  test('is dropped if traceparent is missing or not valid', async () => {
    expect(await passedOn('tracestate: foo=1')).not.toHaveProperty('tracestate');
    expect(await passedOn('traceparent: nonsense', 'tracestate: foo=1')).not.toHaveProperty('tracestate');
  });

  function chars(): number[] {
    const all = Array.from({ length: 0x7e - 0x20 }, (_, i) => 0x21 + i);
    return all.filter((code) => code !== 0x2c && code !== 0x3d);
  }
});

describe('baggage', () => {
  test.each([
    ['unchanged, with properties and blanks', 'a=1;p=2;q , b = %20x,__proto__=y,c=,%61=1,a=2'],
    ['of 64 members', Array.from({ length: 64 }, (_, i) => `k${i}=v`).join(',')],
    ['of 8192 bytes', `a=${'x'.repeat(8190)}`],
  ])('is passed on %s, with or without a trace', async (_, list) => {
    expect((await passedOn(`baggage: ${list}`)).baggage).toBe(list);
    expect((await passedOn(`traceparent: ${PARENT}`, `baggage: ${list}`)).baggage).toBe(list);
  });

  test('is passed on as one list', async () => {
    expect((await passedOn('baggage: a=1', 'baggage: b=2')).baggage).toBe('a=1,b=2');
  });

  test('loses whole members beyond 8192 bytes, and members with invalid characters', async () => {
    expect(await passedOn(`baggage: a=${'x'.repeat(8191)}`)).not.toHaveProperty('baggage');
    expect(await passedOn('baggage: a=\xe4')).not.toHaveProperty('baggage');
    expect((await passedOn('baggage: a=\xe4,b=2')).baggage).toBe('b=2');

    const members = Array.from({ length: 200 }, (_, i) => `key${String(i).padStart(3, '0')}=${'v'.repeat(43)}`);
    const { baggage = '' } = await passedOn(`baggage: ${members.join(',')}`);
    // Each is 50 bytes and a comma.
    expect(baggage).toBe(members.slice(0, 160).join(','));
    expect((await passedOn(`baggage: a=1,b=${'x'.repeat(8190)}`, 'baggage: c=3')).baggage).toBe('a=1,c=3');
  });
});

test('reads and writes other formats if they are chosen', async () => {
  choosePropagators(['b3', 'jaeger']);
  try {
    const headers = await passedOn(
      `B3: ${TRACE_ID}-1234567890123456-1`,
      `traceparent: 00-${'a'.repeat(32)}-1234567890123456-01`,
    );
    expect(headers.b3).toMatch(new RegExp(`^${TRACE_ID}-[0-9a-f]{16}-1$`));
    expect(headers['uber-trace-id']).toMatch(new RegExp(`^${TRACE_ID}:[0-9a-f]{16}:0:01$`));
    expect(headers).not.toHaveProperty('traceparent');
  } finally {
    choosePropagators(['tracecontext', 'baggage']);
  }
});
