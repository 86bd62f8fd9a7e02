/** The place in a trace of work that begins inside other work, or after it. */
import { activeContext, activeSpanContext } from './context.js';
import type { SpanContext } from './span-context.js';
import { type WorkKind, WorkRecord } from './work-record.js';

/**
 * A record below the active span, with its trace and the active baggage; the root of a trace if none is active, or if
 * it has ended.
 */
export function createChildRecord(kind: WorkKind, name: string): WorkRecord {
  const scope = activeContext();
  const record = createRecordBelow(kind, name, activeSpanContext(scope), scope?.baggage);
  // The parent may be a span of another SDK, or there may be none: the headers at hand are still those of the work
  // around it.
  record.remoteParent ??= scope?.record?.remoteParent;
  return record;
}

/**
 * A record of work that begins while `parent` is the active span. A record is the parent of work that begins before its
 * end. After it, work in the background would stay in the trace, and under the baggage, of the request that was the
 * first to need it: it is the root of a trace of its own, with a link. A record that is left out has no span to be a
 * parent: work that begins in it belongs to its caller, if any.
 *
 * @param startMs - when the work begins, on `performance.now()`'s clock. @defaultValue now
 */
export function createRecordBelow(
  kind: WorkKind,
  name: string,
  parent: SpanContext | undefined,
  baggage: string | undefined,
  startMs: number = Number.POSITIVE_INFINITY,
): WorkRecord {
  if (!isRecord(parent)) return new WorkRecord(kind, name, parent, baggage);
  const shown = parent.recorded ? parent : parentOf(parent);
  if (parent.endMs === 0 || startMs < parent.endMs) return new WorkRecord(kind, name, shown, baggage);
  // A value that was set since then stays.
  const root = new WorkRecord(kind, name, undefined, baggage === parent.baggage ? undefined : baggage);
  if (shown !== undefined) root.links = [contextOf(shown)];
  return root;
}

/** A record of any copy of this package. */
function isRecord(context: SpanContext | undefined): context is WorkRecord {
  return context !== undefined && 'endMs' in context;
}

/** The parent of `record`, if it has one. */
export function parentOf(record: WorkRecord): SpanContext | undefined {
  if (record.isRoot) return undefined;
  return {
    traceId0: record.traceId0,
    traceId1: record.traceId1,
    traceId2: record.traceId2,
    traceId3: record.traceId3,
    spanId0: record.parentSpanId0,
    spanId1: record.parentSpanId1,
    traceFlags: record.parentTraceFlags,
    traceState: record.traceState,
    isRemote: record.parentIsRemote === true,
  };
}

/** A copy: a link to the record itself would keep it, and by its own links all that were before it. */
export function contextOf(span: SpanContext): SpanContext {
  const { traceId0, traceId1, traceId2, traceId3, spanId0, spanId1, traceFlags, traceState, isRemote } = span;
  return { traceId0, traceId1, traceId2, traceId3, spanId0, spanId1, traceFlags, traceState, isRemote };
}
