/**
 * The output of the probe: text that Docker and Kubernetes keep and show, so nothing in it may be long or steer a
 * terminal.
 */
import { TERMINAL_CONTROLS } from '@porthole/core/internal';
import type { Reply } from './ask.js';
import type { ProbeOutcome } from './probe-options.js';

/** Docker keeps this much of a health check's output. */
const MAX_BYTES = 4096;

/**
 * The failed checks of a verbose answer (`[-]postgres failed: connection refused`), with their reasons if it has them.
 */
export function failedChecks(body: string): string {
  const failed: string[] = [];
  for (const line of body.split(/\r?\n/)) {
    const [, name, reason] = /^\[-\]([\w.-]+) failed(?:: (.*))?$/s.exec(line) ?? [];
    if (name === undefined) continue;
    failed.push(reason === undefined || reason === 'reason withheld' ? `${name} failed` : `${name} failed (${reason})`);
  }
  return failed.length === 0 ? 'no reason given' : failed.join(', ');
}

export function unhealthy(message: string): ProbeOutcome {
  return { healthy: false, message: inOneLine(message) };
}

const WITHOUT_ANSWER: Readonly<Partial<Record<Reply['kind'], string>>> = {
  closed: 'closes the connection without an answer',
  own: 'is a port of this process',
};

/** The behaviour of a peer that does not answer. */
export function withoutAnswer({ kind }: Reply): string {
  return WITHOUT_ANSWER[kind] ?? 'does not speak HTTP';
}

export function noAnswerWithin(timeoutMs: number): string {
  return `no answer within ${timeoutMs} ms`;
}

/** As one line of printable characters. */
export function inOneLine(text: string): string {
  return cut(text.replace(/\s+/g, ' ').replace(TERMINAL_CONTROLS, '?').trim());
}

/** As lines of printable characters. */
export function inSeveralLines(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/\t/g, ' ').replace(TERMINAL_CONTROLS, '?'));
  return cut(lines.join('\n').trim());
}

/** At most `MAX_BYTES` of UTF-8, no character torn. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BYTES) return text;
  let end = MAX_BYTES - 3;
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}…`;
}
