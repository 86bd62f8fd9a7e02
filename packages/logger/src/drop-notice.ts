/** The line that says how many lines are missing. */
import { finishLine, type LogFormat, levelMembers, serviceMember } from './log-line.js';
import { pinoLevelOf, severityOf } from './severity.js';
import { timestampOf } from './timestamp.js';

/** Options of `createDropNotice`. */
export interface DropNoticeOptions {
  readonly serviceName: string;
  /** @defaultValue `'json'` */
  readonly format?: LogFormat;
  /** Whether to colour the pretty format. @defaultValue false */
  readonly colour?: boolean;
}

/** Makes what `createLineSink` takes as `describeDropped`: a warning in the same schema as the lines around it. */
export function createDropNotice(options: DropNoticeOptions): (count: number) => string {
  const { format = 'json', colour = false } = options;
  const level = levelMembers('warn', severityOf(pinoLevelOf('warn')));
  const service = serviceMember(options.serviceName);
  return (count) => {
    const message = `"${count} log lines dropped: the output did not take them"`;
    const json = `{"timestamp":"${timestampOf(Date.now())}${level}${message}${service},"porthole.log.dropped":${count}}`;
    return finishLine(json, format, colour);
  };
}
