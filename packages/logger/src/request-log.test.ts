import { noInstruments, type Report, spanIdOf, traceIdOf, WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createFileSink } from './file-sink.fixture.js';
import { createLogger } from './logger.js';
import { createRequestLog } from './request-log.js';

const sink = createFileSink();
const reported: Record<string, number> = {};
let collectLines: ((report: Report) => void) | undefined;
const instruments = {
  ...noInstruments,
  observeCounter: ({ name }: { readonly name: string }, collect: (report: Report) => void) => {
    if (name === 'porthole_log_lines_total') collectLines = collect;
  },
};
const logger = createLogger({ level: 'debug', format: 'json', serviceName: 'orders', sink, instruments });
const log = createRequestLog({ logger, serviceName: 'orders', sink, format: 'json' });
afterAll(() => sink.close());

function request(fields: Partial<WorkRecord> = {}): WorkRecord {
  return ended(
    Object.assign(new WorkRecord('server', '', undefined), { method: 'GET', path: '/', status: 200 }, fields),
  );
}

function ended(record: WorkRecord, durationMs = 12.34567): WorkRecord {
  record.endMs = record.startMs + durationMs;
  return record;
}

function lineOf(record: WorkRecord): Record<string, unknown> {
  log.end(record);
  const lines = sink.lines();
  expect(lines).toHaveLength(1);
  return lines[0] as Record<string, unknown>;
}

test.each<[unknown, string, string]>([
  ['text', 'string', 'text'],
  [{ message: 'out of stock' }, 'object', 'out of stock'],
  [null, 'object', 'null'],
])('a line shows %o, which was thrown and is not an error', (thrown, type, message) => {
  const job = new WorkRecord('internal', 'nightly', undefined);
  job.fail(thrown);
  for (const line of [lineOf(request({ status: 500, error: thrown })), lineOf(ended(job))]) {
    expect(line).toMatchObject({ level: 'error', 'exception.type': type, 'exception.message': message });
    expect(line['exception.stacktrace'] || undefined).toBeUndefined();
  }
});

describe('the request line', () => {
  test('has the fields of the schema in their order', () => {
    const record = request({
      method: 'POST',
      route: '/orders/:id',
      path: '/orders/17',
      status: 201,
      responseBodyBytes: 42,
      clientAddress: '10.0.0.7',
      userAgent: 'curl/8.0',
    });
    const line = lineOf(record);
    const expected = {
      timestamp: expect.stringMatching(/Z$/),
      level: 'info',
      severity_number: 9,
      message: 'POST /orders/:id 201',
      'service.name': 'orders',
      trace_id: traceIdOf(record),
      span_id: spanIdOf(record),
      trace_flags: '02',
      'http.request.method': 'POST',
      'http.route': '/orders/:id',
      'url.path': '/orders/17',
      'http.response.status_code': 201,
      'http.response.body.size': 42,
      'client.address': '10.0.0.7',
      'user_agent.original': 'curl/8.0',
      duration_ms: 12.346,
    };
    expect(line).toEqual(expected);
    expect(Object.keys(line)).toEqual(Object.keys(expected));
  });

  test.each([
    { name: 'alone', attributes: undefined },
    { name: 'with attributes', attributes: { 'app.area': 'sales' } },
  ])('has the time at which the request was over, which may be a while ago, $name', ({ attributes }) => {
    const record = request({ attributes });
    record.endMs = performance.now() - 60_000;
    const latest = Date.now() - 60_000;
    const time = Date.parse(lineOf(record).timestamp as string);
    // Both clocks are rounded to the millisecond; a test that is held up makes `latest` later, never the time.
    expect(time).toBeLessThanOrEqual(latest + 1);
    expect(time).toBeGreaterThan(latest - 30_000);
  });

  test('names no route where none is known, and no status where there was no answer', () => {
    const line = lineOf(request({ path: '/wp-login.php', status: 404 }));
    expect(line).toMatchObject({ level: 'info', message: 'GET unmatched 404', 'url.path': '/wp-login.php' });
    expect(line).not.toHaveProperty('http.route');
    const cut = lineOf(request({ route: '/slow', status: 0, aborted: true }));
    expect(cut).toMatchObject({ message: 'GET /slow (no answer)', aborted: true });
    expect(cut).not.toHaveProperty('http.response.status_code');
  });

  test('is an error for a status of 500 and above, and for work that failed', () => {
    expect(lineOf(request({ status: 503 }))).toMatchObject({ level: 'error', severity_number: 17 });
    const failed = request({ status: 200 });
    failed.fail(new TypeError('boom', { cause: new Error('below') }));
    expect(lineOf(failed)).toMatchObject({
      level: 'error',
      'exception.type': 'TypeError',
      'exception.message': 'boom',
      'exception.stacktrace': expect.stringContaining('\ncaused by: Error: below\n'),
    });
    expect(lineOf(request({ status: 499 }))).toMatchObject({ level: 'info' });
  });

  test('is one valid object below 16 KiB, whatever a client sends', () => {
    const text = fc.string({ unit: 'binary', maxLength: 50 });
    const long = fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }).map((unit) => unit.repeat(8000));
    const any = fc.oneof(text, long);
    fc.assert(
      fc.property(any, any, any, any, any, (method, route, path, clientAddress, userAgent) => {
        const record = request({ method: `M${method}`, route, path, clientAddress, userAgent, aborted: true });
        record.fail(new Error(path));
        log.end(record);
        const line = sink.text();
        expect(Buffer.byteLength(line)).toBeLessThan(16 * 1024);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(JSON.parse(line)).toMatchObject({ level: 'error', aborted: true, 'http.response.status_code': 200 });
      }),
    );
  });

  test('has the attributes of the record too, each name once, and is the same line but for them', () => {
    const fields = {
      route: '/orders/:id',
      path: '/orders/17',
      responseBodyBytes: 42,
      clientAddress: '10.0.0.7',
      userAgent: 'curl/8.0',
      aborted: true,
    };
    const plain = lineOf(request(fields));
    const attributes = { 'tenant.id': 'blue', 'url.path': '/hidden' };
    const line = lineOf(request({ ...fields, attributes }));
    const { trace_id, span_id, timestamp } = line;
    expect(line).toEqual({ ...plain, trace_id, span_id, timestamp, ...attributes });
  });

  test('is whole where to read its error writes a line', () => {
    const error = new Error('broken');
    Object.defineProperty(error, 'stack', {
      get() {
        logger.info('read');
        return 'the stack';
      },
    });
    log.end(request({ status: 500, error }));
    expect(sink.lines()).toMatchObject([
      { message: 'read' },
      { message: 'GET unmatched 500', 'exception.stacktrace': 'the stack' },
    ]);
  });

  test('stays right when more kinds of requests come than are remembered', () => {
    for (let i = 0; i < 2500; i++) log.end(request({ route: `/r${i % 1250}`, userAgent: `agent ${i}` }));
    const lines = sink.lines();
    expect(lines.map((line) => line.message)).toEqual(Array.from({ length: 2500 }, (_, i) => `GET /r${i % 1250} 200`));
    expect(lines.map((line) => line['user_agent.original'])).toEqual(
      Array.from({ length: 2500 }, (_, i) => `agent ${i}`),
    );
  });
});

describe('other work', () => {
  test('has its name, its attributes and how long it took', () => {
    const record = new WorkRecord('consumer', 'orders.created', undefined);
    record.attributes = { 'messaging.system': 'kafka', 'messaging.batch.message_count': 3, level: 'x', duration_ms: 1 };
    expect(lineOf(ended(record, 2.5))).toEqual({
      timestamp: expect.any(String),
      level: 'info',
      severity_number: 9,
      message: 'orders.created',
      'service.name': 'orders',
      trace_id: traceIdOf(record),
      span_id: spanIdOf(record),
      trace_flags: '02',
      'messaging.system': 'kafka',
      'messaging.batch.message_count': 3,
      'fields.level': 'x',
      duration_ms: 2.5,
    });
  });

  test('that failed has its error', () => {
    const record = new WorkRecord('internal', 'nightly', undefined);
    record.fail(new RangeError('too much'));
    expect(lineOf(ended(record))).toMatchObject({ level: 'error', message: 'nightly', 'exception.type': 'RangeError' });
  });

  test('that this process asked of others is for debugging', () => {
    const record = Object.assign(new WorkRecord('client', '', undefined), {
      method: 'GET',
      path: '/quote',
      serverAddress: 'prices',
      serverPort: 8080,
      status: 503,
      errorType: '503',
    });
    expect(lineOf(ended(record))).toMatchObject({
      level: 'debug',
      message: 'GET prices 503',
      'http.request.method': 'GET',
      'server.address': 'prices',
      'server.port': 8080,
      'url.path': '/quote',
      'http.response.status_code': 503,
    });
  });
});

describe('the level of the logger', () => {
  test('holds for the request log while it runs, and what is not written is not counted', () => {
    const counts = (): Record<string, number> => {
      collectLines?.((value, labels) => {
        reported[labels?.level as string] = value;
      });
      return { ...reported };
    };
    const before = counts();
    logger.level = 'warn';
    log.end(request());
    log.end(request({ status: 500 }));
    logger.level = 'info';
    log.end(ended(new WorkRecord('client', 'query', undefined)));
    log.end(request());
    logger.level = 'debug';
    expect(sink.lines().map((line) => line.level)).toEqual(['error', 'info']);
    const after = counts();
    expect(after.error).toBe((before.error as number) + 1);
    expect(after.info).toBe((before.info as number) + 1);
    expect(after.debug).toBe(before.debug);
  });
});
