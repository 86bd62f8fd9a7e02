/** Probes the app that runs here, and inspects it if it does not answer. */
import { loadAddresses } from '@porthole/core/internal';
import { ask, type Reply, type Target } from './ask.js';
import { diagnoseTimeout, type TimeoutDiagnosis } from './diagnose-timeout.js';
import { findAdminTarget, findControlTarget } from './find-targets.js';
import { failedChecks, inOneLine, inSeveralLines, noAnswerWithin, unhealthy, withoutAnswer } from './probe-message.js';
import type { ProbeName, ProbeOptions, ProbeOutcome } from './probe-options.js';

/** The state of an app that passes. */
const PASSED: Readonly<Record<ProbeName, string>> = { live: 'live', ready: 'ready', startup: 'started' };

/** After this time without an answer it is looked at why. */
const PATIENCE_MS = 400;

/** A clock that only goes forward; `performance` would load a dozen modules of Node.js. */
const uptimeMs = (): number => process.uptime() * 1000;

/** Asks on the control socket, then on the admin port if there is no socket, or no app behind it. */
export async function askApp(options: ProbeOptions): Promise<ProbeOutcome> {
  const { probe: name = 'ready', timeoutMs = 800, blockedMs = 10_000, verbose = false, env, ...settings } = options;
  const addresses = loadAddresses(settings, env);
  const endMs = uptimeMs() + timeoutMs;
  const missing: string[] = [];
  for (const find of [findControlTarget, findAdminTarget]) {
    const place = find(name, addresses);
    if ('missing' in place) {
      missing.unshift(place.missing);
      continue;
    }
    const { target, note } = place;
    const { reply, diagnosis } = await askPatiently(target, addresses.directory, endMs - uptimeMs());
    if (reply.kind === 'timeout') return { ...outcomeOfTimeout(diagnosis, name, blockedMs, timeoutMs), note };
    if (reply.kind !== 'unreachable' && reply.kind !== 'own' && !isRefusal(reply)) {
      return { ...outcomeOf(reply, target, name, verbose), note };
    }
    missing.unshift(reply.kind === 'own' ? `${target.name} ${withoutAnswer(reply)}` : target.unreachable);
  }
  return outcomeOfUnreachable(missing.join(' and '), name, addresses.directory, blockedMs);
}

/**
 * The reply, and if it takes a while, a diagnosis of the app; one that is blocked is not waited for any
 * longer.
 */
async function askPatiently(
  target: Target,
  directory: string,
  timeoutMs: number,
): Promise<{ readonly reply: Reply; readonly diagnosis?: TimeoutDiagnosis | undefined }> {
  const question = ask(target, Math.max(0, timeoutMs));
  const early = await Promise.race([question.reply, after(Math.min(PATIENCE_MS, timeoutMs / 2))]);
  if (early !== undefined) return { reply: early };
  const diagnosis = await diagnoseTimeout(directory);
  if (diagnosis?.blocked) question.giveUp();
  return { reply: await question.reply, diagnosis };
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
}

/** An app that is busy lives, until it has been for too long; it takes no traffic meanwhile. */
function outcomeOfTimeout(
  diagnosis: TimeoutDiagnosis | undefined,
  name: ProbeName,
  blockedMs: number,
  timeoutMs: number,
): ProbeOutcome {
  const noAnswer = noAnswerWithin(timeoutMs);
  if (diagnosis === undefined) return notPassed(name, noAnswer);
  const why = diagnosis.blocked ? diagnosis.text : `${noAnswer}; ${diagnosis.text}`;
  if (name !== 'live' || diagnosis.ageMs > blockedMs) return notPassed(name, why);
  return { healthy: true, message: inOneLine(`live, but busy: ${why}`) };
}

/** An app without a socket and a port still has its heartbeat, which shows whether it lives. */
async function outcomeOfUnreachable(
  unreachable: string,
  name: ProbeName,
  directory: string,
  blockedMs: number,
): Promise<ProbeOutcome> {
  const diagnosis = name === 'live' ? await diagnoseTimeout(directory) : undefined;
  if (diagnosis === undefined) return unhealthy(`no running app found: ${unreachable}`);
  if (diagnosis.ageMs > blockedMs) return notPassed(name, diagnosis.text);
  return {
    healthy: true,
    message: inOneLine(`live: ${diagnosis.text} (no control socket or admin port: ${unreachable})`),
  };
}

function notPassed(name: ProbeName, why: string): ProbeOutcome {
  return unhealthy(`not ${PASSED[name]}: ${why}`);
}

/** A socket that does not take the proof is another program's, under a pid that has been used again. */
function isRefusal(reply: Reply): boolean {
  return reply.kind === 'answer' && reply.answer.status === 403;
}

function outcomeOf(reply: Reply, target: Target, name: ProbeName, verbose: boolean): ProbeOutcome {
  if (reply.kind !== 'answer') return notPassed(name, `${target.name} ${withoutAnswer(reply)}`);
  const { status, body } = reply.answer;
  if (status !== 200 && status !== 503) return notPassed(name, `${target.name} answers ${status}`);
  const healthy = status === 200;
  if (verbose) return { healthy, message: inSeveralLines(body) };
  if (healthy) return { healthy, message: PASSED[name] };
  return notPassed(name, failedChecks(body));
}
