/** A probe's result as `application/health+json` (draft-inadarei-api-health-check-06). */
import type { CheckResult, ProbeResult } from './probe-result.js';
import type { RenderOptions } from './render-probe.js';

export const HEALTH_JSON_CONTENT_TYPE = 'application/health+json';

const MAX_BYTES = 4096;

/** Room for the text around the checks. */
const FRAME_BYTES = 512;

/**
 * One object: the `status` of the probe, `checks` by name with `status`, `time`, how long each took and, with reasons,
 * `output`; and `notes`. At most 4 KB: if there is more, failing checks come first, and a note has the number of
 * missing ones.
 */
export function renderHealthJson(result: ProbeResult, { reasons }: RenderOptions): string {
  const gravity = { fail: 0, warn: 1, pass: 2 } as const;
  const ordered = [...result.checks].sort((a, b) => gravity[a.status] - gravity[b.status]);
  const members: (readonly [string, unknown])[] = [];
  let bytes = FRAME_BYTES;
  for (const check of ordered) {
    const member = [check.name, [detailOf(check, reasons)]] as const;
    bytes += Buffer.byteLength(JSON.stringify(member));
    if (bytes > MAX_BYTES) break;
    members.push(member);
  }
  const notes = [
    ...(members.length < ordered.length ? [`${ordered.length - members.length} more checks`] : []),
    ...(result.unknownExclusions.length > 0
      ? ['some health checks cannot be excluded: there are none of these names']
      : []),
  ];
  return JSON.stringify({
    status: statusOf(result),
    ...(members.length > 0 ? { checks: Object.fromEntries(members) } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  });
}

function statusOf({ passed, checks }: ProbeResult): CheckResult['status'] {
  if (!passed) return 'fail';
  return checks.some(({ status }) => status === 'warn') ? 'warn' : 'pass';
}

function detailOf(check: CheckResult, reasons: boolean): object {
  const { status, checkedAtMs, durationMs, reason, pending, excluded, isPublic = reasons } = check;
  // It has not been looked at, so there is no time at which it passed.
  if (excluded) return { status, output: 'excluded' };
  const output = reason ?? pending;
  return {
    status,
    time: new Date(checkedAtMs).toISOString(),
    observedValue: Math.round(durationMs * 1000) / 1000,
    observedUnit: 'ms',
    ...(isPublic && output !== undefined ? { output } : {}),
  };
}
