/** Work that is not HTTP: a message, a job, a call of another protocol. */
import { types } from 'node:util';
import { createChildRecord } from './child-record.js';
import { runInScope } from './context.js';
import { reportInternalError } from './internal-errors.js';
import { endWork, startWork } from './observer.js';
import { extractContext } from './propagation/propagators.js';
import { type AttributeValue, type WorkKind, WorkRecord } from './work-record.js';

/** What a unit of work is and where it came from. */
export interface WorkDescription {
  /** @defaultValue `'internal'` */
  readonly kind?: WorkKind;
  /** A name of low cardinality: the job's, the queue's, the operation's; never one with an id in it. */
  readonly name: string;
  /**
   * The headers or properties that came with the work: its `traceparent` becomes the parent, its `baggage` is passed on.
   * @defaultValue none: the parent is the work around it
   */
  readonly carrier?: Readonly<Record<string, unknown>> | undefined;
  /** Attributes by their semantic-convention names. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/**
 * Runs `fn` as one unit of work, which gets its log line, observation and span when `fn` returns, or when the promise that it
 * returns settles (other thenables are not waited for: calling `then` of a lazy query would run it). What `fn` returns,
 * resolves to or throws goes to the caller.
 *
 * @example
 * await withRecord({ kind: 'consumer', name: 'orders', carrier: message.headers }, () => handle(message));
 */
export function withRecord<T>(work: WorkDescription, fn: (record: WorkRecord) => T): T {
  const record = createRecord(work);
  if (work.attributes !== undefined) record.attributes = copyOf(work.attributes);
  startWork(record);
  try {
    const result = runInScope(record, () => fn(record));
    if (types.isPromise(result)) return endWhenSettled(record, result) as T;
    endWork(record);
    return result;
  } catch (error) {
    record.fail(error);
    endWork(record);
    throw error;
  }
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

function copyOf(attributes: Readonly<Record<string, AttributeValue>>): Record<string, AttributeValue> | undefined {
  try {
    return { ...attributes };
  } catch (error) {
    reportInternalError('context', error);
    return undefined;
  }
}

function createRecord({ kind = 'internal', name, carrier }: WorkDescription): WorkRecord {
  if (carrier === undefined) return createChildRecord(kind, name);
  try {
    const { parent, baggage } = extractContext(readerOf(carrier));
    return new WorkRecord(kind, name, parent, baggage);
  } catch (error) {
    reportInternalError('context', error);
    return new WorkRecord(kind, name, undefined);
  }
}

/** Carriers of queues hold strings or bytes (kafkajs), or several of them, under names of any case. */
function readerOf(carrier: Readonly<Record<string, unknown>>): (name: string) => string | undefined {
  return (name) => {
    const key = name in carrier ? name : Object.keys(carrier).find((other) => other.toLowerCase() === name);
    const value = key === undefined ? undefined : carrier[key];
    return Array.isArray(value) ? joinTexts(value) : textOf(value);
  };
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
