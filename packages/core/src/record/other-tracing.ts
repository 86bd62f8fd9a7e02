/**
 * A tracing SDK that is not Porthole's and that has come first: the spans of this process are its own, and so is their
 * context.
 */
import { sharedState } from '../shared-state.js';
import type { SpanContext } from './span-context.js';

export interface OtherTracing {
  /** The span of that SDK that the calling code runs in. */
  activeSpan(): SpanContext | undefined;
  /** Whether the calling code is not to be recorded. */
  isSuppressed(): boolean;
}

const state = /* @__PURE__ */ sharedState('other-tracing', () => ({
  current: undefined as OtherTracing | undefined,
}));

/** Whose spans those of this process are, if not Porthole's. */
export function otherTracing(): OtherTracing | undefined {
  return state.current;
}

/** From now on log lines and calls are inside the spans of `tracing`. The function that is returned ends that. */
export function useOtherTracing(tracing: OtherTracing): () => void {
  state.current = tracing;
  return () => {
    if (state.current === tracing) state.current = undefined;
  };
}
