/**
 * The logger of the kill switch: pino as it comes, its own lines and all, on an output that does not wait for its
 * reader.
 */
import {
  activeSpanContext,
  exceptionOf,
  isError,
  reportInternalError,
  spanIdOf,
  traceFlagsOf,
  traceIdOf,
} from '@porthole/core/internal';
import { pino } from 'pino';
import { attachLineCounts } from './line-counts.js';
import { finishLine } from './log-line.js';
import type { LoggerOptions } from './logger.js';
import type { Logger } from './logger-type.js';
import { createPlainLine } from './plain-line.js';
import { severityOf, standardLevelOf } from './severity.js';
import { timestampOf } from './timestamp.js';

/**
 * Makes a logger with as little of Porthole as can be. Its lines have the schema's `timestamp`, `level`, `severity_number`,
 * `service.name`, `message` and `exception.*`; the rest is pino's: there is no limit, and a name may be there twice.
 * A value that cannot be serialised is counted as an internal error, and leaves a line with the message alone; no level method throws.
 * Without `instruments` lines are not counted, and have no trace ids.
 *
 * @example
 * const logger = createPlainLogger({ level: 'info', format: 'json', serviceName: 'orders', sink: createLineSink() });
 * logger.info({ 'order.id': 17 }, 'accepted');
 */
export function createPlainLogger(options: LoggerOptions): Logger {
  const { level, format, serviceName, sink, colour = false, instruments } = options;
  const plainLine = createPlainLine({ serviceName, format, colour });
  const write =
    format === 'json'
      ? (line: string) => sink.write(line)
      : (line: string) => sink.write(finishLine(line, format, colour));

  const logger: Logger = pino(
    {
      level,
      base: { 'service.name': serviceName },
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${timestampOf(Date.now())}"`,
      formatters: {
        level: (label, number) => ({ level: label, severity_number: severityOf(number) }),
        log: withException,
      },
      hooks: { logMethod },
      ...(instruments === undefined ? {} : { mixin }),
    },
    { write, flush, flushSync: () => sink.flush(0) } as pino.DestinationStream,
  );
  const counts = instruments && attachLineCounts(logger, sink, instruments);
  return logger;

  function logMethod(this: Logger, args: unknown[], method: (...args: unknown[]) => void, number: number): void {
    try {
      method.apply(this, args);
    } catch (error) {
      reportInternalError('logger', error);
      const message = args.find((arg) => typeof arg === 'string') ?? '';
      sink.write(plainLine(standardLevelOf(number), message));
    }
  }

  function mixin(_fields: object, number: number): object {
    if (counts !== undefined) counts[standardLevelOf(number)] += 1;
    const span = activeSpanContext();
    if (span === undefined) return {};
    return { trace_id: traceIdOf(span), span_id: spanIdOf(span), trace_flags: traceFlagsOf(span) };
  }

  function flush(done?: () => void): void {
    sink.flush(0);
    done?.();
  }
}

/**
 * An error has the names that it has in other lines: a search finds it while Porthole is switched off, too.
 */
function withException(fields: Record<string, unknown>): Record<string, unknown> {
  const { err } = fields;
  if (err === undefined || !isError(err)) return fields;
  const { err: _, ...others } = fields;
  const { type, message, stacktrace } = exceptionOf(err);
  return { ...others, 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stacktrace };
}
