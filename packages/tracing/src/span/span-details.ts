/** The data of a span from the OpenTelemetry API that a work record has no field for. */
import type { SpanContext } from '@porthole/core';
import type { AttributeValues } from '../otlp/otlp-attributes.js';
import type { SpanStatus } from './span-fields.js';

/** Something that happened during the span. */
export interface SpanEvent {
  /** On `performance.now()`'s clock. */
  readonly timeMs: number;
  readonly name: string;
  readonly attributes: AttributeValues;
}

/** Another span that this one has to do with. */
export interface SpanLink {
  readonly context: SpanContext;
  readonly attributes: AttributeValues;
}

/** Events and links that one span may have each; the specification's default for both. */
export const MAX_EVENTS_AND_LINKS = 128;

/** Attributes that one span may have; the specification's default. */
export const MAX_ATTRIBUTES = 128;

/** The details of one span; those that were never set are left to the record. */
export interface SpanDetails {
  /** Instead of the name that the record would have. */
  name: string | undefined;
  /** Instead of the status that the record would have. */
  status: SpanStatus | undefined;
  /** Instead of the record's start, if the caller gave one. On `performance.now()`'s clock. */
  startMs: number | undefined;
  /** The errors that are among the events already. */
  readonly exceptions: unknown[];
  readonly events: SpanEvent[];
  readonly links: SpanLink[];
  droppedAttributes: number;
  droppedEvents: number;
  droppedLinks: number;
}

/** Empty details. */
export function createSpanDetails(): SpanDetails {
  return {
    name: undefined,
    status: undefined,
    startMs: undefined,
    exceptions: [],
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}
