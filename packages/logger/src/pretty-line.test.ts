import { WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createFileSink } from './file-sink.fixture.js';
import { createLogger } from './logger.js';
import { createDropNotice } from './plain-line.js';
import { createRequestLog } from './request-log.js';

const sink = createFileSink();
const logger = createLogger({ level: 'info', format: 'pretty', serviceName: 'orders', sink });
afterAll(() => sink.close());

test('a line for people has the time, the level, the message and the fields', () => {
  logger.warn({ id: 17, name: 'two words', list: [1, { a: 'b' }] }, 'a "quoted" C:\\path');
  expect(sink.text()).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN a "quoted" C:\\path id=17 name="two words" list=\[1,\{"a":"b"\}\]\n$/,
  );
});

test('an error stands below it, indented', () => {
  logger.error(new TypeError('boom'), 'failed');
  const [first, second, third] = sink.text().split('\n');
  expect(first).toMatch(/ ERROR failed$/);
  expect(second).toBe('    TypeError: boom');
  expect(third).toMatch(/^ {8}at /);
});

function serverRecord(fields: Partial<WorkRecord> = {}): WorkRecord {
  const record = Object.assign(new WorkRecord('server', '', undefined), {
    method: 'GET',
    route: '/orders/:id',
    path: '/orders/1',
    status: 200,
    responseBodyBytes: 15,
    clientAddress: '127.0.0.1',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    ...fields,
  });
  record.endMs = record.startMs + 6;
  return record;
}

function requestLine(record: WorkRecord): string {
  createRequestLog({ logger, serviceName: 'orders', sink, format: 'pretty' }).end(record);
  return sink.text();
}

test('a request takes one row of 100 columns: its path, status and duration, and the beginning of its trace id', () => {
  const line = requestLine(serverRecord());
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO GET \/orders\/1 200 6\.0 ms trace=[0-9a-f]{6}…\n$/);
  expect(line.length).toBeLessThanOrEqual(100);
});

test('a request that no route matches, or that gets no answer, has its path, too', () => {
  expect(requestLine(serverRecord({ route: '', status: 404 }))).toMatch(
    / INFO GET \/orders\/1 404 6\.0 ms trace=[0-9a-f]{6}…\n$/,
  );
  expect(requestLine(serverRecord({ status: 0, aborted: true }))).toMatch(
    / GET \/orders\/1 \(no answer\) 6\.0 ms trace=[0-9a-f]{6}… aborted=true\n$/,
  );
});

test('fields of the application follow, and none is there twice', () => {
  const record = serverRecord();
  record.setAttribute('order.id', 17);
  expect(requestLine(record)).toMatch(/ GET \/orders\/1 200 6\.0 ms trace=[0-9a-f]{6}… order\.id=17\n$/);
});

test('a call to another service has its address, path, status and duration', () => {
  const record = Object.assign(new WorkRecord('client', '', undefined), {
    method: 'GET',
    serverAddress: 'stock.example',
    serverPort: 8080,
    path: '/items',
    status: 503,
  });
  record.endMs = record.startMs + 250.4;
  logger.level = 'debug';
  const line = requestLine(record);
  logger.level = 'info';
  expect(line).toMatch(/ DEBUG GET stock\.example:8080\/items 503 250 ms trace=[0-9a-f]{6}…\n$/);
});

test('a line of the application with fields of these names keeps its message and all of them', () => {
  logger.info({ 'http.request.method': 'GET', 'url.path': '/x', duration_ms: 3 }, 'asked');
  expect(sink.text()).toMatch(/ INFO asked http\.request\.method=GET url\.path=\/x duration_ms=3\n$/);
});

test('an error in a field of any name stands below, too', () => {
  logger.warn({ cause: new RangeError('too far') }, 'tried again');
  const [first, second, third] = sink.text().split('\n');
  expect(first).toMatch(/ WARN tried again$/);
  expect(second).toBe('    cause: RangeError: too far');
  expect(third).toMatch(/^ {8}at /);
});

test('dropped lines are shown in the same way', () => {
  expect(createDropNotice({ serviceName: 'orders', format: 'pretty' })(3)).toMatch(/ WARN 3 log lines dropped.*\n$/);
});

test('colours come only when they are asked for, and fields are dimmed', () => {
  const coloured = createLogger({ level: 'info', format: 'pretty', serviceName: 'orders', sink, colour: true });
  coloured.info({ a: 1 }, 'x');
  expect(sink.text()).toContain('\u001b[32mINFO\u001b[0m x \u001b[2ma=1\u001b[0m');
  logger.info({ a: 1 }, 'x');
  expect(sink.text()).not.toContain('\u001b');
});

test('nothing that is logged steers the terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, value) => {
      logger.info({ value, [value]: 1, err: Object.assign(new Error(message), { stack: value }) }, message);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(sink.text().replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});
