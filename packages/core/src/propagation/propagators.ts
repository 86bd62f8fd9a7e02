/** The formats that the process reads and writes: those that `OTEL_PROPAGATORS` names. */
import type { PropagatorName } from '../config/config.js';
import { sharedState } from '../shared-state.js';
import { B3, B3_MULTI } from './b3.js';
import { BAGGAGE } from './baggage.js';
import { JAEGER } from './jaeger.js';
import { OTTRACE } from './ottrace.js';
import type { HeaderReader, HeaderWriter, PropagatedContext, Propagator } from './propagator.js';
import { TRACE_CONTEXT } from './trace-context.js';
import { XRAY } from './xray.js';

const PROPAGATORS: Readonly<Record<PropagatorName, Propagator>> = {
  tracecontext: TRACE_CONTEXT,
  baggage: BAGGAGE,
  b3: B3,
  b3multi: B3_MULTI,
  jaeger: JAEGER,
  xray: XRAY,
  ottrace: OTTRACE,
};

/** The formats that name a parent. */
export const TRACE_FORMATS: readonly Propagator[] = [TRACE_CONTEXT, B3, B3_MULTI, JAEGER, XRAY, OTTRACE];

/** Those of the W3C, which is the specification's default, unless the process has been told otherwise: they go without a list. */
const state = /* @__PURE__ */ sharedState('propagators', () => ({
  chosen: undefined as readonly Propagator[] | undefined,
}));

/** Makes the process read and write the formats of these names; an empty list reads and writes none. */
export function choosePropagators(names: readonly PropagatorName[]): void {
  const isDefault = names.length === 2 && names.includes('tracecontext') && names.includes('baggage');
  state.chosen = isDefault ? undefined : names.map((name) => PROPAGATORS[name]);
}

/** Whether the process has been told to use other formats than those of the W3C. */
export function hasOtherPropagators(): boolean {
  return state.chosen !== undefined;
}

/** The headers that are written, in lower case. */
export function propagationFields(): readonly string[] {
  return (state.chosen ?? [TRACE_CONTEXT, BAGGAGE]).flatMap(({ fields }) => fields);
}

/** What the headers bring. Where several formats name a parent, the last of them counts. */
export function extractContext(header: HeaderReader): PropagatedContext {
  if (state.chosen === undefined) {
    return { parent: TRACE_CONTEXT.extract(header).parent, baggage: BAGGAGE.extract(header).baggage };
  }
  let parent: PropagatedContext['parent'];
  let baggage: PropagatedContext['baggage'];
  for (const propagator of state.chosen) {
    const found = propagator.extract(header);
    parent = found.parent ?? parent;
    baggage = found.baggage ?? baggage;
  }
  return { parent, baggage };
}

/** Writes the headers from which `extractContext` reads `context` on the other side. */
export function injectContext(context: PropagatedContext, write: HeaderWriter): void {
  if (state.chosen === undefined) {
    TRACE_CONTEXT.inject(context, write);
    BAGGAGE.inject(context, write);
  } else {
    for (const propagator of state.chosen) propagator.inject(context, write);
  }
}
