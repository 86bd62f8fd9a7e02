/** A probe's result as text. */
import type { CheckResult, Probe, ProbeResult } from './probe-result.js';

/** Docker keeps this much of a probe's output. */
const MAX_BYTES = 4096;

const PATHS: Readonly<Record<Probe, string>> = { live: 'livez', ready: 'readyz', startup: 'startupz' };

/** The contents of the text. */
export interface RenderOptions {
  /** Whether reasons are shown; they may name hosts and users. */
  readonly reasons: boolean;
}

/**
 * The body for machines, which read the status code anyway: `ok` or `failed`, and a line on exclusions that name no
 * check.
 */
export function renderPlain({ passed, unknownExclusions }: ProbeResult): string {
  return `${passed ? 'ok' : 'failed'}\n${warningOf(unknownExclusions)}`;
}

/**
 * One line for each check, and one for the probe, in the form of Kubernetes' own `?verbose`
 * (k8s.io/apiserver/pkg/server/healthz). At most 4 KB: if there is more, failing checks come first, with the number of
 * missing ones. Characters that could steer a terminal are replaced.
 */
export function renderVerbose(result: ProbeResult, { reasons }: RenderOptions): string {
  const { checks, unknownExclusions } = result;
  const verdict = `${PATHS[result.probe]} check ${result.passed ? 'passed' : 'failed'}\n`;
  const ending = warningOf(unknownExclusions) + verdict;
  const whole = checks.map((check) => lineOf(check, reasons)).join('') + ending;
  return Buffer.byteLength(whole) <= MAX_BYTES ? whole : shorten(checks, ending, reasons);
}

function warningOf(unknownExclusions: readonly string[]): string {
  if (unknownExclusions.length === 0) return '';
  const names = unknownExclusions.map((name) => `"${name.slice(0, 64)}"`).join(', ');
  return `warn: some health checks cannot be excluded: no matches for ${printable(names.slice(0, 512))}\n`;
}

function lineOf(check: CheckResult, reasons: boolean): string {
  if (check.excluded) return `[+]${check.name} excluded: ok\n`;
  if (check.status === 'pass') {
    return reasons && check.pending !== undefined
      ? `[+]${check.name} ok, but ${printable(check.pending)}\n`
      : `[+]${check.name} ok\n`;
  }
  const reason = reasons || check.isPublic ? printable(check.reason ?? 'unknown') : 'reason withheld';
  return `[-]${check.name} failed${check.critical ? '' : ', not critical'}: ${reason}\n`;
}

function shorten(checks: readonly CheckResult[], ending: string, reasons: boolean): string {
  const gravity = { fail: 0, warn: 1, pass: 2 } as const;
  const ordered = [...checks].sort((a, b) => gravity[a.status] - gravity[b.status]);
  const room = MAX_BYTES - Buffer.byteLength(ending) - 40;
  let text = '';
  let shown = 0;
  for (const check of ordered) {
    const line = lineOf(check, reasons);
    if (Buffer.byteLength(text) + Buffer.byteLength(line) > room) break;
    text += line;
    shown++;
  }
  const missing = ordered.length - shown;
  return `${text}${missing > 0 ? `(${missing} more checks)\n` : ''}${ending}`;
}

function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
