/** The probe: asks the app that runs here whether it is well. */
import { loadAddresses } from '@porthole/core/internal';
import { ask, type Reply, type Target } from './ask.js';
import { findAdminTarget, findControlTarget } from './find-targets.js';
import { failedChecks, inOneLine, inSeveralLines } from './probe-message.js';

/** What is asked: is it alive, does it take traffic, has it started. */
export type ProbeName = 'live' | 'ready' | 'startup';

export interface ProbeOptions {
  /** @defaultValue `'ready'` */
  readonly probe?: ProbeName;
  /** For everything together, in milliseconds. @defaultValue 800: the kubelet gives up after 1 s */
  readonly timeoutMs?: number;
  /** Whether the message is the whole answer, with every check, instead of one line. @defaultValue false */
  readonly verbose?: boolean;
  /**
   * Its `PORTHOLE_ADMIN_PORT`, `PORTHOLE_ADMIN_HOST`, `PORTHOLE_DIR` and `PORTHOLE_CONTROL` win over the options below.
   * @defaultValue the process's own
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue 9464 */
  readonly adminPort?: number | 'off';
  /** The address that the app listens on; `0.0.0.0` and `::` are asked on loopback. @defaultValue `'0.0.0.0'` */
  readonly adminHost?: string;
  /** Folder of the control socket's directory. @defaultValue the temp dir and `/dev/shm` */
  readonly directory?: string;
  /** Whether the app opens a control socket. @defaultValue true */
  readonly control?: boolean;
}

export interface ProbeOutcome {
  readonly healthy: boolean;
  /** One line, or with `verbose` several: no newline at the end, no control characters, 4096 bytes at most. */
  readonly message: string;
}

/** What an app is that passes. */
const PASSED: Readonly<Record<ProbeName, string>> = { live: 'live', ready: 'ready', startup: 'started' };

/**
 * Asks the app on its control socket, and on its admin port where there is no socket or nobody behind it. Where several apps
 * have a socket, pid 1 is asked, else the lowest pid. Never rejects: whatever goes wrong is an unhealthy outcome.
 *
 * @example
 * const { healthy, message } = await probe({ probe: 'live' });
 */
export async function probe(options: ProbeOptions): Promise<ProbeOutcome> {
  try {
    return await askEverywhere(options);
  } catch (error) {
    return unhealthy(`the probe failed: ${String(error)}`);
  }
}

async function askEverywhere(options: ProbeOptions): Promise<ProbeOutcome> {
  const { probe: name = 'ready', timeoutMs = 800, verbose = false, env, ...settings } = options;
  const addresses = loadAddresses(settings, env);
  const startMs = performance.now();
  const missing: string[] = [];
  for (const find of [findControlTarget, findAdminTarget]) {
    const place = find(name, addresses);
    if ('missing' in place) {
      missing.unshift(place.missing);
      continue;
    }
    const { target } = place;
    const reply = await ask(target, Math.max(0, timeoutMs - (performance.now() - startMs)));
    if (reply.kind === 'silence') return unhealthy(`not ${PASSED[name]}: no answer within ${timeoutMs} ms`);
    if (reply.kind !== 'nobody' && !isRefusal(reply)) return outcomeOf(reply, target, name, verbose);
    missing.unshift(target.nobody);
  }
  return unhealthy(`no running app found: ${missing.join(' and ')}`);
}

/** A socket that does not take the proof is another program's, under a pid that has been used again. */
function isRefusal(reply: Reply): boolean {
  return reply.kind === 'answer' && reply.answer.status === 403;
}

function outcomeOf(reply: Reply, target: Target, name: ProbeName, verbose: boolean): ProbeOutcome {
  const passed = PASSED[name];
  if (reply.kind !== 'answer') return unhealthy(`not ${passed}: ${target.name} does not speak HTTP`);
  const { status, body } = reply.answer;
  if (status !== 200 && status !== 503) return unhealthy(`not ${passed}: ${target.name} answers ${status}`);
  const healthy = status === 200;
  if (verbose) return { healthy, message: inSeveralLines(body) };
  if (healthy) return { healthy, message: passed };
  return unhealthy(`not ${passed}: ${failedChecks(body)}`);
}

function unhealthy(message: string): ProbeOutcome {
  return { healthy: false, message: inOneLine(message) };
}
