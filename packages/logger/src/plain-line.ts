/** Lines of the schema without a logger: those of the sink itself, and of another thread. */
import type { LogLevel } from '@porthole/core';
import { jsonString } from './json-string.js';
import { finishLine, type LogFormat, levelMembers, MAX_LINE_BYTES, serviceMember } from './log-line.js';
import { pinoLevelOf, severityOf } from './severity.js';
import { timestampOf } from './timestamp.js';

/** How the lines look. */
export interface PlainLineOptions {
  readonly serviceName: string;
  /** @defaultValue `'json'` */
  readonly format?: LogFormat;
  /** Whether to colour the pretty format. @defaultValue false */
  readonly colour?: boolean;
}

/** Makes complete lines; texts among the fields are cut if they are longer than half a line. */
export type PlainLine = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, string | number>>,
) => string;

export function createPlainLine({ serviceName, format = 'json', colour = false }: PlainLineOptions): PlainLine {
  const service = serviceMember(serviceName);
  return (level, message, fields = {}) => {
    const head = `{"timestamp":"${timestampOf(Date.now())}${levelMembers(level, severityOf(pinoLevelOf(level)))}`;
    let json = head + jsonString(message, MAX_LINE_BYTES >> 2) + service;
    for (const [name, value] of Object.entries(fields)) {
      json += `,"${name}":${typeof value === 'number' ? value : jsonString(value, MAX_LINE_BYTES >> 1)}`;
    }
    return finishLine(`${json}}`, format, colour);
  };
}

/** Makes `describeDropped` of `createLineSink`: a warning in the same schema as the lines around it. */
export function createDropNotice(options: PlainLineOptions): (count: number) => string {
  const line = createPlainLine(options);
  return (count) =>
    line('warn', `${count} log lines dropped: the output did not take them`, { 'porthole.log.dropped': count });
}
