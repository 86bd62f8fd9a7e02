/**
 * The admin port: the TCP endpoint for the kubelet, load balancers and Prometheus. Everybody who reaches the container
 * can ask here, so nothing on it is privileged and no answer gives a reason.
 */
import type { AddressInfo } from 'node:net';
import { type Log, noLog } from '@porthole/core/internal';
import { type AdminSources, answerAdmin, servedSources } from './admin-routes.js';
import { createBoundedServer } from './bounded-server.js';
import { adminListenError } from './listen-error.js';
import { refusalOf } from './refusal.js';

export interface AdminServerOptions extends AdminSources {
  /** TCP port; 0 for any free one. */
  readonly port: number;
  /** Address to listen on; empty for all of both families: `::`, or `0.0.0.0` if the machine has no IPv6. */
  readonly host: string;
  /** The log for failures of the server. @defaultValue nowhere */
  readonly log?: Log;
}

/** The address of the server. */
export interface AdminAddress {
  readonly host: string;
  readonly port: number;
}

export interface AdminServer {
  /** The address that it listens on; `undefined` while it does not. */
  readonly address: AdminAddress | undefined;
  /** Starts to listen. @throws PortholeError (`AdminErrorCode`) that names the obstacle and the variable to set. */
  listen(): Promise<AdminAddress>;
  /** Stops listening and closes every connection, after a second at most. Does nothing while it does not listen. */
  close(): Promise<void>;
}

const INACTIVITY_TIMEOUT_MS = 10_000;
const STALL_TIMEOUT_MS = 5000;
/** Three times Prometheus' default. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Creates the admin server. It does not keep the process alive.
 *
 * @example
 * const admin = createAdminServer({ port: 9464, host: '', health, metrics });
 * await admin.listen();
 */
export function createAdminServer(options: AdminServerOptions): AdminServer {
  const { host, port, log = noLog } = options;
  const sources = servedSources(options);
  const { server, listen, close } = createBoundedServer({
    component: 'admin',
    handle: async (request) => refusalOf(request) ?? answerAdmin(sources, request),
    inactivityTimeoutMs: INACTIVITY_TIMEOUT_MS,
    stallTimeoutMs: STALL_TIMEOUT_MS,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    log,
  });

  const addressOf = (): AdminAddress | undefined => {
    const address = server.address() as AddressInfo | null;
    return address === null ? undefined : { host: address.address, port: address.port };
  };

  return {
    get address() {
      return addressOf();
    },
    listen: async () => {
      try {
        await listen({ host, port });
      } catch (cause) {
        throw adminListenError(host || '::', port, cause);
      }
      return addressOf() as AdminAddress;
    },
    close,
  };
}
