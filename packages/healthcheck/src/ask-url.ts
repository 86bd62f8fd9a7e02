/** A server that is not Porthole's, by its status alone. */
import { ask } from './ask.js';
import { findUrlTarget } from './find-url-target.js';
import { noAnswerWithin, unhealthy, withoutAnswer } from './probe-message.js';
import type { ProbeOptions, ProbeOutcome } from './probe-options.js';

/** Healthy is a status from 200 to 399. */
export async function askUrl(
  url: string,
  { allowRemote = false, timeoutMs = 800 }: ProbeOptions,
): Promise<ProbeOutcome> {
  const target = findUrlTarget(url, allowRemote);
  if (typeof target === 'string') return unhealthy(target);
  const notHealthy = (why: string): ProbeOutcome => unhealthy(`not healthy: ${why}`);
  const { name, unreachable } = target;
  const reply = await ask(target, timeoutMs).reply;
  if (reply.kind === 'unreachable') return notHealthy(unreachable);
  if (reply.kind === 'timeout') return notHealthy(`${name} gives ${noAnswerWithin(timeoutMs)}`);
  if (reply.kind !== 'answer') return notHealthy(`${name} ${withoutAnswer(reply)}`);
  const { status } = reply.answer;
  const answers = `${name} answers ${status}`;
  if (status < 200 || status > 399) return notHealthy(answers);
  return { healthy: true, message: `healthy: ${answers}` };
}
