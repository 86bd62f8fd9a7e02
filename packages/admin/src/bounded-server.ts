/**
 * An HTTP server that costs the application little, with any callers: every wait has an end. The number of connections
 * and their waiting bytes have a bound. Nothing of it keeps a process alive that has finished its work.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { type Log, reportInternalError, runOutsideContext, unrecordedServers } from '@porthole/core/internal';
import { type Answer, refuse, textAnswer } from './answer.js';
import { createClosedLog } from './closed-log.js';
import { trackConnections } from './connections.js';
import { createTurns } from './turns.js';
import { type WriteLimits, writeAnswer } from './write-answer.js';

export interface BoundedServerOptions extends WriteLimits {
  /** Names the server in log lines and in `porthole_internal_errors_total{component}`. */
  readonly component: string;
  /** Answers a request; its error becomes a 500 without details. */
  readonly handle: (request: IncomingMessage) => Promise<Answer>;
  /** After this long without a byte on it a connection is closed, in milliseconds; 0 means never. */
  readonly inactivityTimeoutMs: number;
  readonly log: Log;
}

export interface BoundedServer {
  readonly server: Server;
  /** Rejects with Node.js's own error. */
  listen(options: ListenOptions): Promise<void>;
  /** Stops listening, lets requests that are being answered finish for a second, and closes every connection. */
  close(): Promise<void>;
}

/**
 * A thousand probes at once are all answered (the kubelet and a mesh may ask for many); the memory of so many idle ones
 * is about 10 MB.
 */
const MAX_CONNECTIONS = 1200;
const MAX_HELD_BYTES = 8_388_608;
const CLOSE_GRACE_MS = 1000;
/** Requests that waited, and pieces of answers, in one turn of the event loop: less than a millisecond of work. */
const STEPS_PER_TURN = 16;

/** Creates the server; it does not listen yet. */
export function createBoundedServer(options: BoundedServerOptions): BoundedServer {
  const { component, handle, log, stallTimeoutMs, answerTimeoutMs } = options;
  const server = createServer({
    headersTimeout: 5000,
    requestTimeout: 5000,
    keepAliveTimeout: 5000,
    // By default Node.js looks for late connections every 30 s.
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 8192,
    insecureHTTPParser: false,
    // Node.js would refuse such a request by itself, and go on with the next one.
    requireHostHeader: false,
  });
  server.timeout = options.inactivityTimeoutMs;
  // Node.js would end its own half as soon as the caller has ended the other, and the answer would be lost.
  Object.assign(server, { httpAllowHalfOpen: true });
  unrecordedServers.add(server);
  const closedLog = createClosedLog(log, component);
  const takeTurn = createTurns(STEPS_PER_TURN);
  const connections = trackConnections(server, {
    max: MAX_CONNECTIONS,
    maxHeldBytes: MAX_HELD_BYTES,
    takeTurn,
    onEvict: () => closedLog.evicted(),
  });

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (!connections.occupy(request, response)) {
      request.socket.destroy();
      return;
    }
    answer(request)
      .then((result) => write(request, response, result))
      .catch((error: unknown) => {
        reportInternalError(component, error);
        response.destroy();
      });
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    try {
      return refusalOfAny(request) ?? (await handle(request));
    } catch (error) {
      reportInternalError(component, error);
      return textAnswer(500, 'internal error');
    }
  };
  const write = (request: IncomingMessage, response: ServerResponse, result: Answer): void => {
    const { release } = result;
    // The caller has left: `close` does not come again, which ends the timers of an answer.
    if (response.closed) {
      release?.();
      return;
    }
    if (release !== undefined) response.once('close', release);
    writeAnswer(response, result, {
      stallTimeoutMs,
      answerTimeoutMs,
      takeTurn,
      onProgress: () => connections.progress(request.socket),
      onTimeout: () => closedLog.unread(),
    });
  };
  server.on('request', onRequest);
  // Without a listener Node.js would invite a body that is about to be refused, and would answer unknown expectations
  // itself.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('error', (error) => {
    // `listen` reports an error during the start.
    if (!server.listening) return;
    reportInternalError(component, error);
    log.warn({ 'exception.message': error.message }, `${component}: the server reports an error`);
  });

  let starting: Promise<unknown> | undefined;

  return {
    server,
    listen: (listenOptions) => {
      const started = runOutsideContext(async () => {
        // In this order: if `listen` throws, no promise may be left that rejects at the server's next error.
        // Exclusive: a cluster would share an admin port among its workers, and answer for a random one of them.
        server.listen({ ...listenOptions, exclusive: true });
        server.unref();
        await once(server, 'listening');
      });
      starting = started.catch(() => {});
      return started;
    },
    close: async () => {
      // The name of a host may still be looked up: the port would be opened when all is over.
      await starting;
      if (!server.listening) return;
      const serverClosed = once(server, 'close');
      server.close();
      connections.closeIdle();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS).unref();
      await serverClosed;
      clearTimeout(timer);
      closedLog.close();
    },
  };
}

/** An expectation that no server accepts. */
function refusalOfAny({ headers, httpVersion }: IncomingMessage): Answer | undefined {
  if (headers.host === undefined && httpVersion === '1.1') return refuse(400, 'refused: no Host header');
  const { expect } = headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return refuse(417, 'refused: an expectation that cannot be met');
  }
  return undefined;
}
