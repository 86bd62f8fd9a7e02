/** The address of the client behind proxies, as the framework says it that trusts them. Without one it is the peer's. */
import { activeRecord, isRequestInFlight, reportInternalError, type WorkRecord } from '@porthole/core/internal';

/** What a framework gives that trusts proxies. */
interface AddressedRequest {
  readonly ip?: unknown;
}

interface ExpressRequest extends AddressedRequest {
  readonly app?: { readonly settings?: Readonly<Record<string, unknown>> };
}

/** Puts the address that `request` says on the record. Never throws. */
export function noteAddress(record: WorkRecord, request: AddressedRequest): void {
  if (!record.recorded) return;
  try {
    const { ip } = request;
    if (typeof ip === 'string' && ip !== '') record.clientAddress = ip;
  } catch (error) {
    reportInternalError('http', error);
  }
}

/** The same for a request that is over, if an application of Express with `trust proxy` has taken it. Never throws. */
export function noteExpressAddress(record: WorkRecord, request: object): void {
  try {
    const express = request as ExpressRequest;
    if (express.app?.settings?.['trust proxy']) noteAddress(record, express);
  } catch (error) {
    reportInternalError('http', error);
  }
}

/**
 * Says which address the client of the request has that is being answered, for a framework that trusts proxies and does not show it:
 * Koa's `ctx.ip`. Anything but a text, an empty text, and a call outside a request do nothing. Never throws.
 *
 * @example
 * setClientAddress(ctx.ip);
 */
export function setClientAddress(address: string): void {
  const record = activeRecord();
  if (record !== undefined && isRequestInFlight(record)) noteAddress(record, { ip: address });
}
