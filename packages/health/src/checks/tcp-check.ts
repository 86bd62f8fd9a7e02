/** A dependency that is there if it takes a connection. */
import { connect } from 'node:net';
import type { HealthCheck } from '../health-check.js';

export interface TcpCheckOptions {
  readonly host: string;
  readonly port: number;
}

/**
 * Fails where nobody takes a connection. It is closed at once, so that it costs the other side little, but proves little, too.
 *
 * @example
 * health.readiness('rabbitmq', tcpCheck({ host: 'rabbitmq', port: 5672 }), { timeoutMs: 300 });
 */
export function tcpCheck({ host, port }: TcpCheckOptions): HealthCheck {
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
