/** Work that the process waits for although nothing else is left to do. */
import { reportInternalError } from '@porthole/core/internal';

/** Keeps the process alive until `work` has settled, for `limitMs` at most. Its rejection is counted. */
export function keepAlive(work: Promise<unknown> | undefined, limitMs: number): void {
  if (work === undefined) return;
  const hold = setTimeout(() => {}, limitMs);
  void work.catch((error: unknown) => reportInternalError('lifecycle', error)).then(() => clearTimeout(hold));
}
