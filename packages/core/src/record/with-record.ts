/** Work that is not HTTP: a message, a job, a call of another protocol. */
import { types } from 'node:util';
import { reportInternalError } from '../internal-errors.js';
import { type Carrier, carrierReader, propagateContext } from '../propagation/carrier.js';
import { extractContext } from '../propagation/propagators.js';
import { contextOf, createChildRecord } from './child-record.js';
import { runInContext } from './context.js';
import { endWork, keepInFlight, startWork } from './observer.js';
import type { PublicRecord } from './public-record.js';
import type { SpanContext } from './span-context.js';
import { type AttributeValue, type WorkKind, WorkRecord } from './work-record.js';

/** The description of a unit of work and its origin. */
export interface WorkDescription {
  /** @defaultValue `'internal'` */
  readonly kind?: WorkKind | undefined;
  /** A name of low cardinality: the job's, the queue's, the operation's; never one with an id in it. */
  readonly name: string;
  /**
   * The headers or properties of the message, job or call. Those that came with the work name its parent and its
   * baggage; into those of work that goes out (`producer` and `client`), its own context is written, unless they have
   * one.
   * @defaultValue none: the parent is the work around it
   */
  readonly carrier?: Carrier | undefined;
  /** Attributes by their semantic-convention names. */
  readonly attributes?: Readonly<Record<string, AttributeValue>> | undefined;
  /**
   * Other units of work that this one has to do with, at most 128: the messages of a batch, the record that asked for
   * it. Work that begins after the end of the work around it has a link to that without being asked.
   * @defaultValue none
   */
  readonly links?: readonly (PublicRecord | SpanContext)[] | undefined;
}

/**
 * `withRecord` of the package, for the family: `fn` is called with the class, which has more than an application sees.
 */
export function withRecord<T>(description: WorkDescription, fn: (record: WorkRecord) => T): T {
  const work = read(description);
  const record = createRecord(work);
  record.attributes = work.attributes;
  if (work.links !== undefined) record.links = [...(record.links ?? []), ...work.links];
  startWork(record);
  keepInFlight(record);
  // After the decision of the sampler, which the carrier has.
  if (work.carrier !== undefined && isOutgoing(record.kind)) propagateContext(record, work.carrier);
  try {
    const result = runInContext(record, () => fn(record));
    if (types.isPromise(result)) return endWhenSettled(record, result) as T;
    endWork(record);
    return result;
  } catch (error) {
    record.fail(error);
    endWork(record);
    throw error;
  }
}

/**
 * Runs `fn` as one unit of work. It gets its log line, observation and span when `fn` returns, or when the returned promise settles (other
 * thenables are not waited for: calling `then` of a lazy query would run it). The result or error of `fn` goes to the caller. A promise becomes another one that settles the same way, so an unhandled rejection
 * stays one. It has no methods that the one of `fn` had beyond those of promises.
 *
 * @example
 * await withRecord({ kind: 'consumer', name: 'process orders', carrier: message.headers }, () => handle(message));
 *
 * @example
 * const headers = {};
 * await withRecord({ kind: 'producer', name: 'send orders', carrier: headers }, () => producer.send({ headers, value }));
 */
export function withPublicRecord<T>(description: WorkDescription, fn: (record: PublicRecord) => T): T {
  return withRecord(description, fn);
}

async function endWhenSettled<T>(record: WorkRecord, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    record.fail(error);
    throw error;
  } finally {
    endWork(record);
  }
}

interface ReadDescription {
  readonly name: string;
  readonly kind: WorkKind;
  readonly carrier: Carrier | undefined;
  /** The record's own copy. */
  readonly attributes: Record<string, AttributeValue> | undefined;
  readonly links: readonly SpanContext[] | undefined;
}

const KINDS: readonly unknown[] = ['internal', 'server', 'client', 'producer', 'consumer'] satisfies WorkKind[];
const UNNAMED = 'unnamed';

/**
 * A caller in JavaScript may pass anything: it is read once, mistakes are counted, and the work is still reported.
 */
function read(description: WorkDescription): ReadDescription {
  try {
    const { name, kind = 'internal', carrier, attributes, links } = description ?? {};
    const isNamed = typeof name === 'string' && name !== '';
    const isKnown = KINDS.includes(kind);
    if (!isNamed || !isKnown) {
      const mistake = isNamed ? `a kind other than ${KINDS.join(', ')}` : "no name, as in { name: 'send mails' }";
      reportInternalError('context', new TypeError(`withRecord was called with ${mistake}`));
    }
    return {
      name: isNamed ? name : UNNAMED,
      kind: isKnown ? kind : 'internal',
      carrier,
      attributes: attributes === undefined ? undefined : copyOf(attributes),
      links: links === undefined ? undefined : linksOf(links),
    };
  } catch (error) {
    reportInternalError('context', error);
    return { name: UNNAMED, kind: 'internal', carrier: undefined, attributes: undefined, links: undefined };
  }
}

function copyOf(attributes: Readonly<Record<string, AttributeValue>>): Record<string, AttributeValue> | undefined {
  try {
    return { ...attributes };
  } catch (error) {
    reportInternalError('context', error);
    return undefined;
  }
}

/** As many as the specification's default allows. */
const MAX_LINKS = 128;

/** Those that name a span. */
function linksOf(links: readonly (PublicRecord | SpanContext)[]): readonly SpanContext[] | undefined {
  try {
    const contexts = (links as readonly SpanContext[]).slice(0, MAX_LINKS).map(contextOf);
    if (contexts.every(isSpanContext)) return contexts;
    throw new TypeError('withRecord was called with a link that is not a record');
  } catch (error) {
    reportInternalError('context', error);
    return undefined;
  }
}

function isSpanContext(context: SpanContext): boolean {
  const { traceId0, traceId1, traceId2, traceId3, spanId0, spanId1, traceFlags } = context;
  return [traceId0, traceId1, traceId2, traceId3, spanId0, spanId1, traceFlags].every(Number.isInteger);
}

function createRecord({ kind, name, carrier }: ReadDescription): WorkRecord {
  if (carrier === undefined || isOutgoing(kind)) return createChildRecord(kind, name);
  try {
    const { parent, baggage } = extractContext(carrierReader(carrier));
    return new WorkRecord(kind, name, parent, baggage);
  } catch (error) {
    reportInternalError('context', error);
    return new WorkRecord(kind, name, undefined);
  }
}

/** Whether the work goes on somewhere else, so that its carrier goes out. */
function isOutgoing(kind: WorkKind): boolean {
  return kind === 'producer' || kind === 'client';
}
