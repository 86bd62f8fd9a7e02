/**
 * Reports spans that are dropped because the receiver is slower than they end: when that begins, once a minute, and
 * when it is over.
 */
import type { Log } from '@porthole/core/internal';

export interface DropLog {
  /** A span was dropped. Cheap: it may be called for each span that ends. */
  dropped(): void;
  /** Writes no line any more. */
  close(): void;
}

export interface DropLogOptions {
  readonly log: Log;
  /** The receiver of the spans. */
  readonly endpoint: string;
  /** Between two lines; as long without a drop means that it is over. @defaultValue 60000 */
  readonly intervalMs?: number;
}

/** Its timer runs only while spans are dropped, and keeps no process alive. */
export function createDropLog({ log, endpoint, intervalMs = 60_000 }: DropLogOptions): DropLog {
  const { origin, pathname } = new URL(endpoint);
  const receiver = origin + pathname;
  const fields = { 'error.type': 'queue_full', 'url.full': receiver };
  let total = 0;
  let sinceLine = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const wait = (): void => {
    sinceLine = 0;
    timer = setTimeout(look, intervalMs).unref();
  };
  const look = (): void => {
    if (sinceLine > 0) {
      log.warn(fields, `spans are still dropped: ${sinceLine} since the last such line, ${total} in all`);
      wait();
    } else {
      log.info(fields, `spans are no longer dropped; ${total} were`);
      total = 0;
      timer = undefined;
    }
  };

  return {
    dropped: () => {
      total++;
      sinceLine++;
      if (closed || timer !== undefined) return;
      log.warn(fields, `spans are dropped: the queue is full, and ${receiver} takes them more slowly than they end`);
      wait();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
