/** Says that telemetry is lost when that begins, and how much was when it is over: not once a batch. */
import type { Log } from '@porthole/core/internal';
import type { ExportOutcome } from './otlp-exporter.js';

/** Takes the outcome of each export of `items` to `endpoint`. */
export function createOutageLog(
  log: Log,
  endpoint: string,
  items: 'spans' | 'data points',
): (outcome: ExportOutcome) => void {
  const { origin, pathname } = new URL(endpoint);
  let lost = 0;
  return ({ exported, failed, errorType }) => {
    if (failed > 0) {
      if (lost === 0) {
        const fields = { 'error.type': errorType, 'url.full': origin + pathname };
        log.warn(fields, `${items} cannot be exported and are lost: ${origin}${pathname} fails with ${errorType}`);
      }
      lost += failed;
    } else if (exported > 0 && lost > 0) {
      log.info({ 'url.full': origin + pathname }, `${items} are exported again; ${lost} were lost`);
      lost = 0;
    }
  };
}
