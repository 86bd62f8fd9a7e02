/**
 * How the SDK's spans get the ids of their records, and the sampler gets the record: handed over while a span is
 * started.
 */
import { type Context, trace } from '@opentelemetry/api';
import type { SpanContext } from '@porthole/core';
import {
  parentOf,
  parseTraceparent,
  RANDOM,
  randomInt32,
  spanIdOf,
  traceIdOf,
  WorkRecord,
} from '@porthole/core/internal';
import { spanContextOf } from '../otel-api/record-span.js';
import type { Sampler } from '../span/sampler.js';
import type { SdkIdGenerator, SdkSampler } from './node-sdk.js';

export interface SpanIdentity {
  readonly idGenerator: SdkIdGenerator;
  readonly sampler: SdkSampler;
  /** Runs `start`, in which the first span that begins is that of `record`. */
  handOver<T>(record: WorkRecord, start: () => T): T;
}

/** Ids and decisions for records, and for the spans that the application makes with the API. */
export function createSpanIdentity(sampler: Sampler): SpanIdentity {
  // Each is taken once: a processor may start a span of its own while the span of a record starts.
  let traceIdFor: WorkRecord | undefined;
  let spanIdFor: WorkRecord | undefined;
  let decisionFor: WorkRecord | undefined;

  return {
    idGenerator: {
      generateTraceId: () => {
        const record = traceIdFor;
        traceIdFor = undefined;
        return traceIdOf(record ?? randomContext());
      },
      generateSpanId: () => {
        const record = spanIdFor;
        spanIdFor = undefined;
        return spanIdOf(record ?? randomContext());
      },
    },
    sampler: {
      shouldSample: (context, traceId, name) => {
        const record = decisionFor ?? recordFor(context, traceId, name);
        decisionFor = undefined;
        return { decision: sampler(record) ? 2 : 0 };
      },
      toString: () => 'Porthole',
    },
    handOver: (record, start) => {
      traceIdFor = record.isRoot ? record : undefined;
      spanIdFor = record;
      decisionFor = record;
      try {
        return start();
      } finally {
        traceIdFor = undefined;
        spanIdFor = undefined;
        decisionFor = undefined;
      }
    },
  };
}

function randomContext(): SpanContext {
  return {
    traceId0: randomInt32(),
    traceId1: randomInt32(),
    traceId2: randomInt32(),
    traceId3: randomInt32(),
    spanId0: randomInt32(),
    spanId1: randomInt32(),
    traceFlags: RANDOM,
    traceState: undefined,
    isRemote: false,
  };
}

/** The data for the samplers, of a span that has no record: its trace and its parent. */
function recordFor(context: Context, traceId: string, name: string): WorkRecord {
  return new WorkRecord('internal', name, spanContextOf(context) ?? rootOf(traceId));
}

/** A parent that gives a root its trace id: without a span id there is no parent. */
function rootOf(traceId: string): SpanContext | undefined {
  const context = parseTraceparent(`00-${traceId}-0000000000000001-02`);
  return context && { ...context, spanId0: 0, spanId1: 0, isRemote: false };
}

/** Whether the active span of `context` is the one that `record` has as its parent. */
export function isParentActive(context: Context, record: WorkRecord): boolean {
  const active = trace.getSpan(context)?.spanContext();
  const parent = parentOf(record);
  if (active === undefined || parent === undefined) return false;
  return active.spanId === spanIdOf(parent) && active.traceId === traceIdOf(record);
}
