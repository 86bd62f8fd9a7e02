/** Lines on stderr, written at once: for when there is no logger, or when it fails. */
import { inspect } from 'node:util';
import { type Log, type LogMethod, messageOf, noLog, reportInternalError } from '@porthole/core/internal';
import { writeStderr } from './write-stderr.js';

/** From warnings up, one plain sentence each, an error with its stack. Never throws. */
export const plainLog: Log = { ...noLog, warn: writePlain, error: writePlain, fatal: writePlain };

type Level = Exclude<keyof Log, 'isLevelEnabled'>;

/**
 * `log`, except that its error is counted and the line goes to stderr instead. So does a fatal line that it does not
 * write (`LOG_LEVEL=silent`): Node.js would report a crash there, too.
 */
export function safeLog(log: Log): Log {
  const guard =
    (level: Level): LogMethod =>
    (fields, message) => {
      try {
        if (level === 'fatal' && log.isLevelEnabled?.(level) === false) plainLog.fatal(fields, message);
        else log[level](fields, message);
      } catch (error) {
        reportInternalError('lifecycle', error);
        plainLog[level](fields, message);
      }
    };
  return {
    debug: guard('debug'),
    info: guard('info'),
    warn: guard('warn'),
    error: guard('error'),
    fatal: guard('fatal'),
  };
}

function writePlain({ err, ...fields }: Readonly<Record<string, unknown>>, message: string): void {
  const details = Object.entries(fields).map(([name, value]) => `${name}=${messageOf(value)}`);
  const sentence = details.length === 0 ? message : `${message} (${details.join(', ')})`;
  writeStderr(`porthole: ${sentence}${err === undefined ? '' : `: ${show(err)}`}\n`);
}

function show(error: unknown): string {
  try {
    return inspect(error, { depth: 2 });
  } catch {
    return messageOf(error);
  }
}
