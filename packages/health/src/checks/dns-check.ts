/** A name that has to have an address. */
import { lookup } from 'node:dns/promises';
import type { HealthCheck } from '../health-check.js';
import { text } from '../option-value.js';

export interface DnsCheckOptions {
  readonly hostname: string;
}

/**
 * Fails if the name has no address, by the same look-up that connections use.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if the name is empty.
 *
 * @example
 * health.readiness('dns', dnsCheck({ hostname: 'orders-db' }));
 */
export function dnsCheck(options: DnsCheckOptions): HealthCheck {
  const hostname = text('hostname', options.hostname);
  return async () => {
    try {
      await lookup(hostname);
    } catch (error) {
      throw new Error(`${hostname}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
  };
}
