/**
 * The application's logger: a pino instance that writes Porthole's schema. pino keeps the levels, the children, the formatting
 * and the serializers; the line itself is made here, since pino's own has duplicate keys and lets hostile values through.
 */
import { tracingChannel } from 'node:diagnostics_channel';
import { types } from 'node:util';
import type { LogLevel } from '@porthole/core';
import {
  activeSpanContext,
  type Instruments,
  isError,
  noInstruments,
  reportInternalError,
} from '@porthole/core/internal';
import { pino } from 'pino';
import { type FieldRules, findException, type Member, renderFields, replaces } from './fields.js';
import { jsonString } from './json-string.js';
import { attachLineCounts } from './line-counts.js';
import type { LineSink } from './line-sink.js';
import { finishLine, type LogFormat, levelMembers, MAX_LINE_BYTES, serviceMember, traceMembers } from './log-line.js';
import { readKey, renderValue, unreadable } from './render-value.js';
import { severityOf, standardLevelOf } from './severity.js';
import { timestampOf } from './timestamp.js';

/** A pino logger; fits Fastify's `loggerInstance`. */
export type Logger = pino.Logger;

/** Options of `createLogger`. */
export interface LoggerOptions {
  /** The least severe level that is written; `logger.level` changes it later. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly serviceName: string;
  readonly sink: LineSink;
  /** Whether to colour the pretty format. @defaultValue false */
  readonly colour?: boolean;
  /** Where lines and dropped lines are counted. @defaultValue nowhere */
  readonly instruments?: Instruments;
}

/**
 * Makes a logger whose every line is one valid JSON object below 16 KiB, whatever is logged. Fields that have a name of the
 * schema are written as `fields.<name>`; a field wins over a child's binding of that name. What cannot be serialised is
 * counted as an internal error and named in its place; no call throws.
 *
 * @example
 * const logger = createLogger({ level: 'info', format: 'json', serviceName: 'orders', sink: createLineSink() });
 * logger.info({ 'order.id': 17 }, 'accepted');
 */
export function createLogger(options: LoggerOptions): Logger {
  const { sink, format, colour = false } = options;
  const service = serviceMember(options.serviceName);
  const heads = new Map<string, string>();
  const channel = tracingChannel('pino_asJson');

  const logger = pino({ level: options.level, base: null, timestamp: false, hooks: { logMethod } }, {
    write: (line: string) => sink.write(line),
    flush,
    flushSync: () => sink.flush(0),
  } as pino.DestinationStream);
  const internals = logger as unknown as PinoInternals;
  const counts = attachLineCounts(logger, sink, options.instruments ?? noInstruments);
  const pinoChild = internals.child;
  const pinoStringifiers = internals[symbols.stringifiersSym];
  const properties: Partial<PinoInternals> = {
    child,
    bindings,
    setBindings,
    [BINDINGS]: [],
    [PENDING]: undefined,
    [symbols.asJsonSym]: asJson,
  };
  return Object.assign(logger, properties);

  /** A call of a level method; pino itself trips over a merging object that throws when it is looked at. */
  function logMethod(this: Logger, args: unknown[], method: (...args: unknown[]) => void, level: number): void {
    try {
      method.apply(this, args);
    } catch (error) {
      reportInternalError('logger', error);
      writeDespite(this as unknown as PinoInternals, args, level);
    }
  }

  function writeDespite(instance: PinoInternals, args: readonly unknown[], level: number): void {
    try {
      const [first] = args;
      const message = args.find((arg) => typeof arg === 'string') ?? '';
      sink.write(instance[symbols.asJsonSym](typeof first === 'object' ? first : {}, message, level));
    } catch (error) {
      reportInternalError('logger', error);
    }
  }

  function asJson(this: PinoInternals, fields: unknown, message: unknown, level: number): string {
    if (!channel.hasSubscribers) return lineOf(this, fields, message, level);
    // What pino publishes for those who look at its lines.
    const store = { instance: this, arguments: [fields, message, level, ''] };
    return channel.traceSync(() => lineOf(this, fields, message, level), store);
  }

  function lineOf(instance: PinoInternals, fields: unknown, message: unknown, level: number): string {
    counts[standardLevelOf(level)] += 1;
    const span = activeSpanContext();
    const head = `{"timestamp":"${timestampOf(Date.now())}${headOf(instance.levels.labels[level] ?? String(level), level)}`;
    const ids = span === undefined ? service : service + traceMembers(span);
    const rules = rulesOf(instance);
    const source = sourceOf(fields, instance);
    const found = findException(source, rules);
    settleBindings(instance);
    const inherited = instance[BINDINGS];

    const budget = { bytes: MAX_LINE_BYTES - 2 - Buffer.byteLength(head) - Buffer.byteLength(ids) - sizeOf(inherited) };
    const ownMessage = message === undefined ? readKey(source, 'msg') : undefined;
    const text = messageText(message ?? ownMessage ?? found?.exception.message, rules);
    const messageJson = jsonString(text, budget.bytes >> 1);
    budget.bytes -= Buffer.byteLength(messageJson);
    const members = renderFields(source, found, ownMessage === undefined ? undefined : 'msg', rules, budget);

    let json = head + messageJson + ids;
    for (const binding of inherited) {
      if (!members.some((member) => replaces(member, binding))) json += binding.json;
    }
    for (const member of members) json += member.json;
    return finishLine(`${json}}`, format, colour);
  }

  function headOf(label: string, level: number): string {
    let head = heads.get(label);
    if (head === undefined) {
      head = levelMembers(label, severityOf(level));
      heads.set(label, head);
    }
    return head;
  }

  function child(this: PinoInternals, given: object, childOptions?: object): PinoInternals {
    settleBindings(this);
    if (isEmpty(childOptions) && holdsPlainValues(given)) return plainChild(this, given);
    const instance = pinoChild.call(this, given && {}, childOptions);
    instance.setBindings(instance[symbols.formattersSym].bindings?.(given) ?? given);
    return instance;
  }

  function setBindings(this: PinoInternals, given: object): void {
    settleBindings(this);
    const rules = rulesOf(this);
    const found = findException(given, rules);
    const added = renderFields(given, found, undefined, rules, { bytes: MAX_BINDINGS_BYTES });
    const kept = this[BINDINGS].filter((binding) => !added.some((member) => replaces(member, binding)));
    // Children of children may pile up without end: the newest bindings stay.
    const all = [...kept, ...added];
    while (sizeOf(all) > MAX_BINDINGS_BYTES) all.shift();
    this[BINDINGS] = all;
  }

  function bindings(this: PinoInternals): Record<string, unknown> {
    settleBindings(this);
    const json = this[BINDINGS].map((binding) => binding.json).join('');
    return JSON.parse(`{${json.slice(1)}}`) as Record<string, unknown>;
  }

  function rulesOf(instance: PinoInternals): FieldRules {
    const serializers = instance[symbols.serializersSym];
    const stringifiers = instance[symbols.stringifiersSym];
    if (stringifiers === pinoStringifiers) return { serializers };
    return { serializers, redact: (key, value) => redacted(stringifiers, key, value) };
  }

  function flush(done?: () => void): void {
    sink.flush(0);
    done?.();
  }
}

const { symbols } = pino;

/** The rendered bindings of a logger, those of its parents included. */
const BINDINGS = Symbol('porthole.logger.bindings');

/** Bindings of a child that are not rendered yet. */
const PENDING = Symbol('porthole.logger.pending-bindings');

const MAX_BINDINGS_BYTES = 3072;

/**
 * A child whose bindings are rendered when it writes its first line. Fastify makes a child for every request, with an empty
 * object for options, and most of them never write: pino's own way would render and rebuild what none of them uses.
 */
function plainChild(parent: PinoInternals, given: object): PinoInternals {
  const instance = Object.create(parent) as PinoInternals;
  instance[PENDING] = { ...given };
  parent.onChild(instance);
  return instance;
}

function settleBindings(instance: PinoInternals): void {
  const pending = instance[PENDING];
  if (pending === undefined) return;
  instance[PENDING] = undefined;
  instance.setBindings(pending);
}

function isEmpty(options: object | undefined | null): boolean {
  for (const _ in options) return false;
  return true;
}

/** Whether nothing in `given` can change, or run code, between now and the first line. */
function holdsPlainValues(given: object): boolean {
  if (typeof given !== 'object' || given === null || types.isProxy(given)) return false;
  for (const key in given) {
    const property = Object.getOwnPropertyDescriptor(given, key);
    if (property === undefined || property.get !== undefined) return false;
    const { value } = property as { readonly value: unknown };
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') return false;
  }
  return true;
}

type Stringifiers = Readonly<Record<PropertyKey, ((value: unknown) => unknown) | undefined>>;

/** What of pino's insides is used here; the version is pinned for it. */
interface PinoInternals {
  readonly levels: { readonly labels: Readonly<Record<number, string>> };
  child(bindings: object, options?: object): PinoInternals;
  bindings(): Record<string, unknown>;
  setBindings(bindings: object): void;
  onChild(instance: PinoInternals): void;
  [BINDINGS]: readonly Member[];
  [PENDING]: object | undefined;
  [symbols.asJsonSym](fields: unknown, message: unknown, level: number): string;
  readonly [symbols.serializersSym]: Readonly<Record<string, unknown>>;
  readonly [symbols.stringifiersSym]: Stringifiers;
  readonly [symbols.formattersSym]: {
    readonly log?: (fields: object) => object;
    readonly bindings?: (bindings: object) => object;
  };
}

/** The merging object, after a child's `formatters.log` has seen it. */
function sourceOf(fields: unknown, instance: PinoInternals): object {
  if (typeof fields !== 'object' || fields === null) return {};
  if (isError(fields)) return { err: fields };
  const format = instance[symbols.formattersSym].log;
  if (format === undefined) return fields;
  try {
    return format(fields);
  } catch (error) {
    unreadable(error);
    return fields;
  }
}

function messageText(message: unknown, rules: FieldRules): string {
  const serializer = rules.serializers.msg;
  let value = message;
  try {
    if (typeof serializer === 'function' && message !== undefined) value = serializer(message) as unknown;
  } catch (error) {
    value = unreadable(error);
  }
  if (typeof value === 'string') return value;
  if (value === undefined || typeof value === 'function') return '';
  return typeof value === 'object' ? (renderValue(value, { bytes: MAX_LINE_BYTES }) ?? '') : String(value);
}

/** pino's redaction gives JSON; parsed again, it takes the same way as every other value. */
function redacted(stringifiers: Stringifiers, key: string, value: unknown): unknown {
  const stringify = stringifiers[key] ?? stringifiers[symbols.wildcardFirstSym];
  if (stringify === undefined) return value;
  const json = stringify(value);
  return typeof json === 'string' ? JSON.parse(json) : undefined;
}

function sizeOf(members: readonly Member[]): number {
  let bytes = 0;
  for (const { json } of members) bytes += Buffer.byteLength(json);
  return bytes;
}
