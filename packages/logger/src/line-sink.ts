/**
 * The output of log lines: in batches, in order, and without ever waiting for a reader that does not read.
 */
import { BufferedLineSink } from './buffered-line-sink.js';
import type { LineSink, LineSinkOptions } from './line-output.js';

/** Makes a sink. Nothing is opened before the first line is written. */
export function createLineSink(options: LineSinkOptions = {}): LineSink {
  return new BufferedLineSink(options);
}
