/** The client's address: that of a framework that trusts proxies, otherwise the peer's. */
import { activeRecord, isRequestInFlight, reportInternalError, type WorkRecord } from '@porthole/core/internal';

/** A request of a framework that trusts proxies. */
interface AddressedRequest {
  readonly ip?: unknown;
}

interface ExpressRequest extends AddressedRequest {
  readonly app?: { readonly settings?: Readonly<Record<string, unknown>> };
}

/** Puts the `ip` of `request` on the record. Never throws. */
export function noteAddress(record: WorkRecord, request: AddressedRequest): void {
  if (!record.recorded) return;
  try {
    const { ip } = request;
    if (typeof ip === 'string' && ip !== '') record.clientAddress = ip;
  } catch (error) {
    reportInternalError('http', error);
  }
}

/** The same for a request that is over, if an Express application with `trust proxy` handled it. Never throws. */
export function noteExpressAddress(record: WorkRecord, request: object): void {
  try {
    const express = request as ExpressRequest;
    if (express.app?.settings?.['trust proxy']) noteAddress(record, express);
  } catch (error) {
    reportInternalError('http', error);
  }
}

/**
 * Sets the client address of the active request. It is for a framework that trusts proxies without showing it, as Koa
 * does with `ctx.ip`. A value that is not a string, an empty string, and a call outside a request have no effect. Never
 * throws.
 *
 * @example
 * setClientAddress(ctx.ip);
 */
export function setClientAddress(address: string): void {
  const record = activeRecord();
  if (record !== undefined && isRequestInFlight(record)) noteAddress(record, { ip: address });
}
