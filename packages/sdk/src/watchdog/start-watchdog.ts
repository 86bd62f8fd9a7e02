/** Starts the watchdog and answers its questions: see `program.ts`. */
import { Worker } from 'node:worker_threads';
import type { AdminAddress } from '@porthole/admin';
import { besideSocket, createControlDirectory, inSeconds, reportInternalError } from '@porthole/core/internal';
import type { Health } from '@porthole/health';
import type { Logger, PlainLineOptions } from '@porthole/logger';
import type { Metrics } from '@porthole/metrics';
import { BEAT, BEAT_INTERVAL_MS, BEATS_BYTES, type Question, type Reply, type WatchdogData } from './messages.js';
import { PROGRAM } from './program-text.js';

export interface WatchdogOptions {
  readonly health: Pick<Health, 'evaluate'>;
  readonly metrics: Pick<Metrics, 'contentType' | 'exposition'>;
  readonly lineStyle: PlainLineOptions;
  readonly logger: Logger;
  /** Folder of the control socket's directory; empty for the usual ones. */
  readonly directory: string;
  /** The address for the admin port; `undefined` for none. */
  readonly admin: { readonly host: string; readonly port: number } | undefined;
  /** Gets the address of the admin port. */
  readonly onListening: (address: AdminAddress) => void;
  /** Hears, in one sentence, why the admin port is not open. */
  readonly onNotListening: (message: string) => void;
  /** Hears that the thread has ended by an error. */
  readonly onFailure: (error: Error) => void;
}

export interface Watchdog {
  /** Closes the admin port and ends the thread. Never rejects. */
  close(): Promise<void>;
}

/** The `threadId` of a thread that has ended. */
const ENDED = -1;

/**
 * Starts it; it keeps no process alive.
 * @throws if this process may start no threads, as under Node.js's permission model.
 */
export function startWatchdog(options: WatchdogOptions): Watchdog {
  const { health, metrics, lineStyle, logger, admin } = options;
  const beats = new SharedArrayBuffer(BEATS_BYTES);
  const counters = new Int32Array(beats);
  const socket = createControlDirectory(options.directory);
  const data: WatchdogData = {
    beats,
    lineStyle,
    stackFile: typeof socket === 'string' ? besideSocket(socket, 'stack') : '',
    admin: admin && { ...admin, contentType: metrics.contentType },
  };
  // Without the environment and the options of this process: their modules are for the service alone.
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: data,
    env: {},
    execArgv: [],
    name: 'porthole-watchdog',
  });
  worker.unref();
  worker.on('error', (error) => {
    // The admin port is free again when the thread is gone, and not before.
    worker.once('exit', () => options.onFailure(error));
  });
  worker.on('message', (question: Question) => void answer(question));

  const inspector = process.getBuiltinModule('node:inspector');
  const beat = (): void => {
    Atomics.store(counters, BEAT.inspected, inspector?.url() === undefined ? 0 : 1);
    Atomics.store(counters, BEAT.warns, logger.isLevelEnabled('warn') ? 1 : 0);
    Atomics.add(counters, BEAT.count, 1);
  };
  const timer = setInterval(beat, BEAT_INTERVAL_MS);
  timer.unref();
  beat();

  async function answer(question: Question): Promise<void> {
    if (question.kind === 'listening') {
      options.onListening(question);
      return;
    }
    if (question.kind === 'not listening') {
      options.onNotListening(question.message);
      return;
    }
    if (question.kind === 'turns again') {
      const { afterMs } = question;
      logger.warn({ duration_ms: afterMs }, `event loop turns again after ${inSeconds(afterMs)}`);
      return;
    }
    try {
      const value =
        question.kind === 'evaluate'
          ? await health.evaluate(question.probe, question.options)
          : await metrics.exposition();
      worker.postMessage({ kind: 'reply', id: question.id, value } satisfies Reply);
    } catch (error) {
      reportInternalError('watchdog', error);
      worker.postMessage({ kind: 'failed', id: question.id } satisfies Reply);
    }
  }

  return {
    close: () => {
      clearInterval(timer);
      return new Promise((resolve) => {
        if (worker.threadId === ENDED) resolve();
        worker.once('exit', () => resolve());
        worker.postMessage({ kind: 'close' } satisfies Reply);
      });
    },
  };
}
