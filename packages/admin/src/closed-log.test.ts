import { noLog } from '@porthole/core/internal';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClosedLog } from './closed-log.js';

const warn = vi.fn();
const lines = (): readonly string[] => warn.mock.calls.map(([, message]) => message);

beforeEach(() => {
  vi.useFakeTimers();
  warn.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first connection is logged at once, the others in one line a minute', () => {
  const closedLog = createClosedLog({ ...noLog, warn }, 'test');
  closedLog.unread();
  closedLog.unread();
  closedLog.evicted();
  expect(lines()).toEqual([expect.stringContaining('1 whose callers did not read the answer in time, 0 to stay')]);
  vi.advanceTimersByTime(60_000);
  expect(lines().slice(1)).toEqual([expect.stringContaining('1 whose callers did not read the answer in time, 1 to')]);
  vi.advanceTimersByTime(120_000);
  expect(lines()).toHaveLength(2);
  closedLog.close();
});

test('one that is closed holds no timer', () => {
  const closedLog = createClosedLog({ ...noLog, warn }, 'test');
  closedLog.evicted();
  expect(vi.getTimerCount()).toBe(1);
  closedLog.close();
  expect(vi.getTimerCount()).toBe(0);
});
