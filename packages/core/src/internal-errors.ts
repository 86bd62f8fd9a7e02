/**
 * The count of Porthole's own failures. Telemetry never throws into the application: they are counted here and exposed
 * as `porthole_internal_errors_total{component}`.
 */
import { sharedState } from './shared-state.js';

/** How often a component failed, and why it did so last. */
export interface InternalErrorCount {
  readonly count: number;
  /** The last failure, in one line. */
  readonly lastMessage: string;
}

const counts = /* @__PURE__ */ sharedState('internal-errors', () => new Map<string, InternalErrorCount>());

/** Counts a failure of `component` (`config`, `logger`, `metrics`, …). Never throws. */
export function reportInternalError(component: string, error: unknown): void {
  const count = (counts.get(component)?.count ?? 0) + 1;
  counts.set(component, { count, lastMessage: messageOf(error) });
}

/** The failures so far by component. */
export function internalErrors(): ReadonlyMap<string, InternalErrorCount> {
  return counts;
}

/** The message of anything that can be thrown, in one line of at most 200 characters. Never throws. */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message || error.name : String(error);
    return text.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 200);
  } catch {
    return 'an error that cannot be shown';
  }
}
