/**
 * When the service has started, so that readiness and startup may pass: when the application listens, or when it has
 * shown that it has nothing to listen with. Traffic that comes earlier is refused.
 */
import cluster from 'node:cluster';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';
import { guardedListener, unrecordedServers } from '@porthole/core/internal';
import type { Health } from '@porthole/health';
import type { Logger } from '@porthole/logger';

/** The event that ends the wait. */
export type ReadyWhen = 'listening' | 'main';

export interface AwaitStartOptions {
  readonly health: Pick<Health, 'awaitStart' | 'evaluate'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** `undefined` if the first of both counts. */
  readonly readyWhen: ReadyWhen | undefined;
}

/** Waits; to be called before Porthole's own servers listen. */
export interface Start {
  /** The application's `main` has settled: the service has started, unless it is about to listen. */
  mainSettled(): void;
  /** Ends the wait without a start. */
  close(): void;
}

const LISTEN_CHANNEL = 'tracing:net.server.listen:asyncEnd';

/**
 * `main` may leave behind work that ends in `listen`, as `bootstrap()` without `await` does. Counted in turns, so that
 * time in which the loop is blocked does not count.
 */
const PATIENCE_TURNS = 8;
const TURN_MS = 250;

const LATE_MS = 30_000;

/** A listening server of Node.js among the active resources. */
const LISTENING_RESOURCES: readonly string[] = ['TCPServerWrap', 'PipeServerWrap'];

const REASONS: Readonly<Record<ReadyWhen, string>> = {
  listening: 'waiting for the application to listen',
  main: 'waiting for main to settle',
};

/** The start of a process without a server: a job, and a worker thread. */
export const NO_WAIT: Start = { mainSettled: () => {}, close: () => {} };

export function awaitStart({ health, logger, readyWhen }: AwaitStartOptions): Start {
  const countsListening = readyWhen !== 'main';
  if (countsListening && process.getActiveResourcesInfo().some((name) => LISTENING_RESOURCES.includes(name))) {
    return NO_WAIT;
  }
  const reason = REASONS[readyWhen ?? 'listening'];
  const end = health.awaitStart(reason);
  const late = setTimeout(() => void warn(), LATE_MS);
  late.unref();
  let turns: NodeJS.Timeout | undefined;
  let isOver = false;

  const onListening = guardedListener('sdk', ({ server }: { readonly server: Server }) => {
    if (unrecordedServers.has(server)) return;
    // A server that is closed at once has only found a free port.
    setImmediate(() => {
      if (server.listening) started();
    });
  });
  function started(): void {
    close();
    end();
  }

  function close(): void {
    isOver = true;
    unsubscribe(LISTEN_CHANNEL, onListening);
    cluster.off('listening', started);
    clearTimeout(late);
    clearInterval(turns);
  }

  async function warn(): Promise<void> {
    const { checks } = await health.evaluate('startup', { only: 'serving' });
    // The application may have called `setReady`.
    if (!checks.some((check) => check.reason === reason)) return;
    logger.warn(
      `not ready for ${LATE_MS / 1000} s: ${reason}; a service without a server calls health.setReady(true) when it has started`,
    );
  }

  if (countsListening) {
    subscribe(LISTEN_CHANNEL, onListening);
    // A worker announces the servers of the application. Porthole's own are exclusive, and so are not announced.
    if (cluster.isPrimary) cluster.on('listening', started);
  }
  return {
    close,
    mainSettled: () => {
      if (readyWhen === 'main') started();
      if (isOver || readyWhen !== undefined) return;
      let left = PATIENCE_TURNS;
      turns = setInterval(() => {
        if (--left === 0) started();
      }, TURN_MS);
      turns.unref();
    },
  };
}
