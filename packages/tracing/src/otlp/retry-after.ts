/** The `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date. */

/** A longer pause is not obeyed: a header that is wrong must not end the export for good. */
export const MAX_RETRY_AFTER_MS = 300_000;

/**
 * How long to wait, in milliseconds, or undefined if the header is missing or not valid. `nowMs` is the
 * epoch's.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
