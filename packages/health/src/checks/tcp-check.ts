/** A dependency that is there if it takes a connection. */
import { connect } from 'node:net';
import type { HealthCheck } from '../health-check.js';
import { text, wholeNumber } from '../option-value.js';

export interface TcpCheckOptions {
  readonly host: string;
  readonly port: number;
}

/**
 * Fails if no server accepts a connection. It is closed at once, so that it costs the other side little, but proves little, too.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if a value is not allowed.
 *
 * @example
 * health.readiness('rabbitmq', tcpCheck({ host: 'rabbitmq', port: 5672 }), { timeoutMs: 300 });
 */
export function tcpCheck(options: TcpCheckOptions): HealthCheck {
  const host = text('host', options.host);
  const port = wholeNumber('port', options.port, 1, 65_535);
  return ({ signal }) =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host, port, signal });
      socket.on('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.on('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(`${host}:${port}: ${error.code ?? error.message}`)),
      );
    });
}
