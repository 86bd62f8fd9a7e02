/** The account of the spans at the end of the process. */
import type { Log } from '@porthole/core/internal';
import { type SpanAccount, totalOf } from './span-account.js';

/**
 * Logs one warning if not all spans were exported. Of all spans that were created, each is exported, failed, dropped,
 * or unsent: queued, in flight, or not ended.
 *
 * @param created - spans that were sampled when they started
 */
export function reportLoss(log: Log, created: number, { exported, failed, dropped }: SpanAccount): void {
  const counts = { failed: totalOf(failed), dropped: totalOf(dropped) };
  const unsent = created - exported - counts.failed - counts.dropped;
  const lost = created - exported;
  if (lost === 0) return;
  log.warn(
    {
      'porthole.spans.created': created,
      'porthole.spans.exported': exported,
      'porthole.spans.failed': counts.failed,
      'porthole.spans.dropped': counts.dropped,
      'porthole.spans.unsent': unsent,
    },
    `${lost} of ${created} spans were not exported`,
  );
}
