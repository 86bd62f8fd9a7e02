import { WorkRecord } from '@porthole/core/internal';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createDropNotice } from './drop-notice.js';
import { createFileSink } from './file-sink.fixture.js';
import { createLogger } from './logger.js';
import { createRequestLog } from './request-log.js';

const sink = createFileSink();
const logger = createLogger({ level: 'info', format: 'pretty', serviceName: 'orders', sink });
afterAll(() => sink.close());

test('a line for people has the time, the level, the message and the fields', () => {
  logger.warn({ id: 17, name: 'two words', list: [1, { a: 'b' }] }, 'a "quoted" C:\\path');
  expect(sink.text()).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}a "quoted" C:\\path {2}id=17 name="two words" list=\[1,\{"a":"b"\}\]\n$/,
  );
});

test('an error stands below it, indented', () => {
  logger.error(new TypeError('boom'), 'failed');
  const [first, second, third] = sink.text().split('\n');
  expect(first).toMatch(/ ERROR failed$/);
  expect(second).toBe('    TypeError: boom');
  expect(third).toMatch(/^ {8}at /);
});

test('requests and dropped lines are shown in the same way', () => {
  const record = Object.assign(new WorkRecord('server', '', undefined), {
    method: 'GET',
    route: '/',
    path: '/',
    status: 200,
  });
  record.endMs = record.startMs + 1;
  createRequestLog({ logger, serviceName: 'orders', sink, format: 'pretty' }).end(record);
  expect(sink.text()).toMatch(
    / INFO {2}GET \/ 200 {2}trace_id=[0-9a-f]{32} http\.request\.method=GET .*duration_ms=1\n$/,
  );
  expect(createDropNotice({ serviceName: 'orders', format: 'pretty' })(3)).toMatch(/ WARN {2}3 log lines dropped.*\n$/);
});

test('colours come only when they are asked for', () => {
  const coloured = createLogger({ level: 'info', format: 'pretty', serviceName: 'orders', sink, colour: true });
  coloured.info({ a: 1 }, 'x');
  expect(sink.text()).toContain('\u001b[32mINFO \u001b[0m x');
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
