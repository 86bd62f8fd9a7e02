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

/** Formats that a propagator reads, beside the one that it writes. */
const READS_ALSO: Readonly<Partial<Record<PropagatorName, readonly Propagator[]>>> = { b3: [B3_MULTI], b3multi: [B3] };

/** The formats that name a parent. */
export const TRACE_FORMATS: readonly Propagator[] = [TRACE_CONTEXT, B3, B3_MULTI, JAEGER, XRAY, OTTRACE];

/** The headers of the W3C that name a parent. */
const W3C_FIELDS: readonly string[] = TRACE_CONTEXT.fields;

/** The formats of the W3C are the specification's default. They need no list. */
const state = /* @__PURE__ */ sharedState('propagators', () => ({
  chosen: undefined as readonly Propagator[] | undefined,
  traceFields: W3C_FIELDS,
}));

/** Makes the process read and write the formats of these names; an empty list reads and writes none. */
export function choosePropagators(names: readonly PropagatorName[]): void {
  const isDefault = names.length === 2 && names.includes('tracecontext') && names.includes('baggage');
  state.chosen = isDefault ? undefined : names.map((name) => PROPAGATORS[name]);
  const read = names.flatMap((name) => (READS_ALSO[name] ?? []).concat(PROPAGATORS[name]));
  const fields = read.filter((format) => format !== BAGGAGE).flatMap((format) => format.fields);
  state.traceFields = [...new Set([...W3C_FIELDS, ...fields])];
}

/** The headers that name a parent, in the formats that the process reads. Those of the W3C are always among them. */
export function traceFields(): readonly string[] {
  return state.traceFields;
}

/** Whether the process uses other formats than those of the W3C. */
export function hasOtherPropagators(): boolean {
  return state.chosen !== undefined;
}

/** The headers that are written, in lower case. */
export function propagationFields(): readonly string[] {
  return (state.chosen ?? [TRACE_CONTEXT, BAGGAGE]).flatMap(({ fields }) => fields);
}

/** The data of the headers. If several formats name a parent, the last of them counts. */
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
