/** Times as callers of the OpenTelemetry API give them, on `performance.now()`'s clock. */
import type { TimeInput } from '@opentelemetry/api';

/**
 * `time` in milliseconds on `performance.now()`'s clock, or undefined if it is not a time. A number may be of that
 * clock or of the epoch: the two are half a century apart. The stock SDK takes times before the start of the process
 * for the former, so a span cannot begin earlier. `originMs` is the time at which that clock was 0, in the epoch's
 * milliseconds.
 */
export function toClockMs(time: TimeInput | undefined, originMs: number): number | undefined {
  const ms = readTime(time, originMs);
  return ms !== undefined && Number.isFinite(ms) ? ms : undefined;
}

function readTime(time: TimeInput | undefined, originMs: number): number | undefined {
  if (typeof time === 'number') return time < originMs / 2 ? time : time - originMs;
  if (time instanceof Date) return time.getTime() - originMs;
  if (!Array.isArray(time)) return undefined;
  const [seconds, nanoseconds] = time;
  // Subtracted before the parts are joined, so that no nanoseconds get lost.
  return Number(seconds) * 1000 - originMs + Number(nanoseconds) / 1e6;
}

/** Whether `value` is a time and not attributes. */
export function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || (Array.isArray(value) && typeof value[0] === 'number');
}
