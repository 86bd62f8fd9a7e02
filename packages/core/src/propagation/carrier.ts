/** The headers of a message, a job or a call of another protocol, in the forms of common libraries. */

import { reportInternalError } from '../internal-errors.js';
import { activeContext } from '../record/context.js';
import type { ActiveContext } from '../record/work-record.js';
import type { HeaderAccess } from './header-access.js';
import { injectMissing } from './inject-missing.js';
import type { HeaderReader } from './propagator.js';

/**
 * A plain object (kafkajs, amqplib, BullMQ's data), or something with `get` and `set` (`Headers`, `Map`, the metadata
 * of gRPC). Values are texts or bytes, or lists of them.
 */
export type Carrier = object;

interface Collection {
  get(name: string): unknown;
  set(name: string, value: string): unknown;
  /** Of `Headers` and `Map`. */
  delete?(name: string): unknown;
  /** Of the metadata of gRPC. */
  remove?(name: string): unknown;
}

/** Reads headers by their lower-case names; those of an object have any case. */
export function carrierReader(carrier: Carrier): HeaderReader {
  return (name) => textIn(carrier, name);
}

/**
 * Writes the context of the calling code into the headers of outgoing work, unless they have one already: `traceparent` and
 * `baggage`, or those of `OTEL_PROPAGATORS`. A copy of the context that came with the work is
 * replaced. Never throws: a carrier that takes nothing is counted as an internal error.
 *
 * @example
 * propagate(message.headers);
 */
export function propagate(carrier: Carrier): void {
  const scope = activeContext();
  if (scope !== undefined) propagateContext(scope, carrier);
}

/** Writes the context of `scope` into `carrier`. Never throws. */
export function propagateContext(scope: ActiveContext, carrier: Carrier): void {
  try {
    injectMissing(scope, carrier, CARRIER);
  } catch (error) {
    reportInternalError('context', error);
  }
}

const CARRIER: HeaderAccess<Carrier> = {
  has: (carrier, name) => textIn(carrier, name) !== undefined,
  get: textIn,
  add: (carrier, name, value) => {
    if (isCollection(carrier)) carrier.set(name, value);
    else (carrier as Record<string, unknown>)[name] = value;
  },
  remove: (carrier, name) => {
    if (!isCollection(carrier)) {
      for (const key of Object.keys(carrier)) {
        if (key.toLowerCase() === name) delete (carrier as Record<string, unknown>)[key];
      }
    } else if (typeof carrier.delete === 'function') carrier.delete(name);
    else carrier.remove?.(name);
  },
};

function textIn(carrier: Carrier, name: string): string | undefined {
  const value = isCollection(carrier) ? carrier.get(name) : memberOf(carrier, name);
  return Array.isArray(value) ? joinTexts(value) : textOf(value);
}

function isCollection(carrier: Carrier): carrier is Collection {
  const { get, set } = carrier as Partial<Collection>;
  return typeof get === 'function' && typeof set === 'function';
}

function memberOf(carrier: object, name: string): unknown {
  const key = keyIn(carrier, name);
  return key === undefined ? undefined : (carrier as Readonly<Record<string, unknown>>)[key];
}

function keyIn(carrier: object, name: string): string | undefined {
  return name in carrier ? name : Object.keys(carrier).find((other) => other.toLowerCase() === name);
}

/** Several headers of one name count as one list (RFC 9110, section 5.3). */
function joinTexts(values: readonly unknown[]): string | undefined {
  const texts = values.map(textOf).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join(',');
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : undefined;
}
