import type { Instruments, Report } from '@porthole/core/internal';
import { internalErrors, noInstruments, runInContext, spanIdOf, traceIdOf, WorkRecord } from '@porthole/core/internal';
import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { createFileSink } from './file-sink.fixture.js';
import { createPlainLogger } from './plain-logger.js';

const sink = createFileSink();
const style = { level: 'info', format: 'json', serviceName: 'orders', sink } as const;
const logger = createPlainLogger(style);
afterAll(() => sink.close());

describe('a plain line', () => {
  test("has the schema's names for what every line has, and pino's for the rest", () => {
    logger.child({ 'order.id': 17 }).warn({ attempt: 2 }, 'late by %d ms', 40);
    const [line] = sink.lines();
    expect(line).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'warn',
      severity_number: 13,
      'service.name': 'orders',
      'order.id': 17,
      attempt: 2,
      message: 'late by 40 ms',
    });
  });

  test('has an error under the names of the schema, and its message', () => {
    logger.error(new RangeError('out of stock'));
    expect(sink.lines()).toMatchObject([
      {
        level: 'error',
        message: 'out of stock',
        'exception.type': 'RangeError',
        'exception.stacktrace': expect.stringContaining('\n'),
      },
    ]);
  });

  test('takes serializers and levels as pino does', () => {
    const child = logger.child(
      {},
      { serializers: { req: (req: { url: string }) => ({ url: req.url }) }, level: 'error' },
    );
    child.info('not written');
    child.error({ req: { url: '/', secret: 1 } }, 'x');
    expect(sink.lines()).toMatchObject([{ req: { url: '/' } }]);
    logger.level = 'debug';
    logger.debug('now');
    logger.level = 'info';
    expect(sink.lines()).toMatchObject([{ message: 'now' }]);
  });

  test('is readable on a terminal, with a message and without', () => {
    const pretty = createPlainLogger({ ...style, format: 'pretty' });
    pretty.info({ id: 1 }, 'accepted');
    pretty.info({ id: 2 });
    expect(sink.text()).toMatch(/^\S+ INFO accepted id=1\n\S+ INFO id=2\n$/);
  });

  test('has trace ids and is counted if anything else is recorded', () => {
    const collected = new Map<string, (report: Report) => void>();
    const instruments: Instruments = {
      ...noInstruments,
      observeCounter: ({ name }, collect) => void collected.set(name, collect),
    };
    const counted = createPlainLogger({ ...style, instruments });
    const record = new WorkRecord('server', '', undefined);
    runInContext(record, () => {
      counted.info('inside');
      logger.info('inside');
    });
    counted.error('outside');
    const [inside, unrecorded, outside] = sink.lines();
    expect(inside).toMatchObject({ trace_id: traceIdOf(record), span_id: spanIdOf(record), trace_flags: '02' });
    expect(unrecorded).not.toHaveProperty('trace_id');
    expect(outside).not.toHaveProperty('trace_id');
    const reports: unknown[] = [];
    collected.get('porthole_log_lines_total')?.((value, labels) => reports.push([labels?.level, value]));
    expect(reports).toEqual([
      ['trace', 0],
      ['debug', 0],
      ['info', 1],
      ['warn', 0],
      ['error', 1],
      ['fatal', 0],
    ]);
  });

  test('is there with its message if what is logged throws, which pino by itself passes on', () => {
    const thrower = (): never => {
      throw new Error('no');
    };
    const hostile = [
      Object.defineProperty({}, 'bad', { get: thrower, enumerable: true }),
      new Proxy({}, { ownKeys: thrower }),
      new Proxy({}, { get: thrower }),
    ];
    for (const fields of hostile) {
      expect(() => pino({}, { write: () => {} }).info(fields, 'x')).toThrow('no');
      const before = internalErrors().get('logger')?.count ?? 0;
      logger.info(fields, 'still here');
      expect(sink.lines()).toMatchObject([{ level: 'info', 'service.name': 'orders', message: 'still here' }]);
      expect(internalErrors().get('logger')?.count).toBe(before + 1);
    }
  });

  test('flush calls back', () => {
    let called = false;
    logger.flush(() => {
      called = true;
    });
    expect(called).toBe(true);
  });
});
