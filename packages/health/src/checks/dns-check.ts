/** A name that has to have an address. */
import { lookup } from 'node:dns/promises';
import type { HealthCheck } from '../health-check.js';

export interface DnsCheckOptions {
  readonly hostname: string;
}

/**
 * Fails where the name has no address, by the same look-up that connections use.
 *
 * @example
 * health.readiness('dns', dnsCheck({ hostname: 'orders-db' }));
 */
export function dnsCheck({ hostname }: DnsCheckOptions): HealthCheck {
  return async () => {
    try {
      await lookup(hostname);
    } catch (error) {
      throw new Error(`${hostname}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
  };
}
