/**
 * Reports lost telemetry when the loss begins, and at most once a minute while it goes on. When it is over, it reports
 * the sum.
 */
import { performance } from 'node:perf_hooks';
import type { Log } from '@porthole/core/internal';
import type { ExportOutcome } from './otlp-exporter.js';

const LINE_INTERVAL_MS = 60_000;

/** Takes the outcome of each export of `items` to `endpoint`. */
export function createOutageLog(
  log: Log,
  endpoint: string,
  items: 'spans' | 'data points',
  intervalMs: number = LINE_INTERVAL_MS,
): (outcome: ExportOutcome) => void {
  const { origin, pathname } = new URL(endpoint);
  let lost = 0;
  let lastLineMs = 0;
  const warn = (message: string, errorType: string): void => {
    lastLineMs = performance.now();
    const fields = { 'error.type': errorType, 'url.full': origin + pathname };
    log.warn(fields, `${message}: ${origin}${pathname} fails with ${errorType}`);
  };
  return ({ exported, failed, errorType }) => {
    if (failed > 0) {
      const isFirst = lost === 0;
      lost += failed;
      if (isFirst) warn(`${items} cannot be exported and are lost`, errorType);
      else if (performance.now() - lastLineMs >= intervalMs)
        warn(`${items} still cannot be exported, and ${lost} are lost so far`, errorType);
    } else if (exported > 0 && lost > 0) {
      log.info({ 'url.full': origin + pathname }, `${items} are exported again; ${lost} were lost`);
      lost = 0;
    }
  };
}
