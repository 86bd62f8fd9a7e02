/** Says that spans are lost when it begins, and how many were when it is over: not once a batch. */
import type { Log } from '@porthole/core/internal';
import type { ExportOutcome } from './otlp-exporter.js';

/** Takes the outcome of each export to `endpoint`. */
export function createOutageLog(log: Log, endpoint: string): (outcome: ExportOutcome) => void {
  const { origin, pathname } = new URL(endpoint);
  let lost = 0;
  return ({ exported, failed, errorType }) => {
    if (failed > 0) {
      if (lost === 0) {
        const fields = { 'error.type': errorType, 'url.full': origin + pathname };
        log.warn(fields, `spans cannot be exported and are lost: ${origin}${pathname} fails with ${errorType}`);
      }
      lost += failed;
    } else if (exported > 0 && lost > 0) {
      log.info({ 'url.full': origin + pathname }, `spans are exported again; ${lost} were lost`);
      lost = 0;
    }
  };
}
