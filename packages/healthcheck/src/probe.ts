/** The probe: asks the app that runs here whether it is well. */
import { askApp } from './ask-app.js';
import { askUrl } from './ask-url.js';
import { unhealthy } from './probe-message.js';
import type { ProbeOptions, ProbeOutcome } from './probe-options.js';

/**
 * Asks the app on its control socket, and on its admin port if there is no socket or no app behind it. If several apps have a socket, pid 1
 * is asked, else the app that is most like this process, else the lowest pid. If it does not answer, its heartbeat and its process give the reason. Never rejects:
 * every failure is an unhealthy outcome.
 *
 * @example
 * const { healthy, message } = await probe({ probe: 'live' });
 */
export async function probe(options: ProbeOptions): Promise<ProbeOutcome> {
  try {
    if (options.url === undefined) return await askApp(options);
    return await askUrl(options.url, options);
  } catch (error) {
    return unhealthy(`the probe failed: ${String(error)}`);
  }
}
