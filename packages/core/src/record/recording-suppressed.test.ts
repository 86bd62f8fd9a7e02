import { describe, expect, test } from 'vitest';
import { NO_WORK, runInContext } from './context.js';
import { isRecordingSuppressed } from './recording-suppressed.js';
import { WorkRecord } from './work-record.js';

const KEY = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

function contextWith(value: unknown): unknown {
  return { getValue: (key: symbol) => (key === KEY ? value : undefined) };
}

describe('isRecordingSuppressed', () => {
  test('is true in a scope whose OpenTelemetry context asks for it, and in no other', () => {
    const record = new WorkRecord('server', '', undefined);
    expect(isRecordingSuppressed()).toBe(false);
    expect(runInContext(record, isRecordingSuppressed)).toBe(false);
    expect(runInContext({ ...NO_WORK, record, otelContext: undefined }, isRecordingSuppressed)).toBe(false);
    expect(runInContext({ ...NO_WORK, record, otelContext: {} }, isRecordingSuppressed)).toBe(false);
    expect(runInContext({ ...NO_WORK, record, otelContext: contextWith(undefined) }, isRecordingSuppressed)).toBe(
      false,
    );
    expect(runInContext({ ...NO_WORK, record, otelContext: contextWith(true) }, isRecordingSuppressed)).toBe(true);
    expect(runInContext({ ...NO_WORK, record: undefined, otelContext: contextWith(true) }, isRecordingSuppressed)).toBe(
      true,
    );
  });
});
