/** The formats that carry the context from one process to the next, in headers or in their counterpart of a queue. */
import type { SpanContext } from '../record/span-context.js';

/** Reads a header by its lower-case name; several headers of one name arrive joined by commas. */
export type HeaderReader = (name: string) => string | undefined;

/** Writes a header by its lower-case name. */
export type HeaderWriter = (name: string, value: string) => void;

/** The propagated data. Each half may come without the other. */
export interface PropagatedContext {
  /** The span that is the parent on the other side. */
  readonly parent: SpanContext | undefined;
  /** The `baggage` list as it arrived. */
  readonly baggage: string | undefined;
}

/** One format. */
export interface Propagator {
  /** The headers that it writes. */
  readonly fields: readonly string[];
  /** The data of the headers; nothing if they are missing or not valid. */
  extract(header: HeaderReader): PropagatedContext;
  /** Writes the headers from which `extract` reads `context` on the other side. */
  inject(context: PropagatedContext, write: HeaderWriter): void;
}
