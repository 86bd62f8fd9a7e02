/** The line that says how many lines are missing. */
import { createPlainLine, type PlainLineOptions } from './plain-line.js';

/** Makes what `createLineSink` takes as `describeDropped`: a warning in the same schema as the lines around it. */
export function createDropNotice(options: PlainLineOptions): (count: number) => string {
  const line = createPlainLine(options);
  return (count) =>
    line('warn', `${count} log lines dropped: the output did not take them`, { 'porthole.log.dropped': count });
}
