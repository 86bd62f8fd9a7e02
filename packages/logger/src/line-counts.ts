/** How many lines have been written at each level, for `porthole_log_lines_total{level}`. */
import type { LogLevel } from '@porthole/core';
import { type Instruments, LOG_LEVELS } from '@porthole/core/internal';
import type { LineSink } from './line-output.js';

/** Lines by level; plain integers, read when somebody scrapes. */
type LineCounts = Record<LogLevel, number>;

// Registered, so that a request log of one build of this package counts for a logger of the other.
const COUNTS = Symbol.for('porthole.logger.line-counts');

/** Gives `logger` its counts and reports them, with the lines that its sink has dropped. */
export function attachLineCounts(logger: object, sink: LineSink, instruments: Instruments): LineCounts {
  const counts = noLines();
  Object.defineProperty(logger, COUNTS, { value: counts });
  instruments.observeCounter(
    { name: 'porthole_log_lines_total', help: 'Log lines written, by level.', labelNames: ['level'] },
    (report) => {
      for (const level of LOG_LEVELS) report(counts[level], { level });
    },
  );
  instruments.observeCounter(
    { name: 'porthole_log_dropped_total', help: 'Log lines that did not reach their destination.' },
    (report) => report(sink.droppedLines),
  );
  return counts;
}

/** The counts of a logger or of the one that it is a child of; no counts for a logger that is not Porthole's. */
export function lineCountsOf(logger: object): LineCounts {
  return (logger as { readonly [COUNTS]?: LineCounts })[COUNTS] ?? noLines();
}

function noLines(): LineCounts {
  return { trace: 0, debug: 0, info: 0, warn: 0, error: 0, fatal: 0 };
}
