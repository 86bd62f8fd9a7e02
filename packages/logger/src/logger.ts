/**
 * The application's logger: a pino instance that writes Porthole's schema. pino keeps the levels, the children, the
 * formatting and the serializers; the line itself is made here, since pino's own has duplicate keys and lets hostile
 * values through.
 */
import { tracingChannel } from 'node:diagnostics_channel';
import type { LogThreshold } from '@porthole/core';
import {
  activeSpanContext,
  type Instruments,
  isError,
  noInstruments,
  reportInternalError,
} from '@porthole/core/internal';
import { pino } from 'pino';
import { attachBindings } from './child-bindings.js';
import { type FieldRules, findException, renderFields, replaces, sizeOf } from './fields.js';
import { jsonString } from './json-string.js';
import { attachLineCounts } from './line-counts.js';
import type { LineSink } from './line-output.js';
import { finishLine, type LogFormat, levelMembers, MAX_LINE_BYTES, serviceMember, traceMembers } from './log-line.js';
import type { Logger } from './logger-type.js';
import { createFieldRules, type PinoInternals } from './pino-internals.js';
import { readKey, renderValue, unreadable } from './render-value.js';
import { severityOf, standardLevelOf } from './severity.js';
import { timestampOf } from './timestamp.js';

/** Options of `createLogger`. */
export interface LoggerOptions {
  /** The least severe level that is written, or `silent`; `logger.level` changes it later. */
  readonly level: LogThreshold;
  readonly format: LogFormat;
  readonly serviceName: string;
  readonly sink: LineSink;
  /** Whether to colour the pretty format. @defaultValue false */
  readonly colour?: boolean;
  /** The instruments for lines and dropped lines. @defaultValue nowhere */
  readonly instruments?: Instruments;
}

/**
 * Makes a logger whose every line is one valid JSON object below 16 KiB, for any logged value. Fields that have a name of the
 * schema are written as `fields.<name>`; a field wins over a child's binding of that name. A value that cannot be serialised is counted as an internal error and named in its place; no call throws.
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
  const rulesOf = createFieldRules(internals);
  const bindingsOf = attachBindings(internals, rulesOf);
  return Object.assign(logger, { [symbols.asJsonSym]: asJson });

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
    // The channel of pino for observers of its lines.
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
    const inherited = bindingsOf(instance);

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

  function flush(done?: () => void): void {
    sink.flush(0);
    done?.();
  }
}

const { symbols } = pino;

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
