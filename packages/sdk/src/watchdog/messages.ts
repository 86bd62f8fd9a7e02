/** The messages between the service and its watchdog, a thread of the same process. */
import type { Health, Probe, ProbeResult } from '@porthole/health';
import type { PlainLineOptions } from '@porthole/logger';

/** The start data of the watchdog. */
export interface WatchdogData {
  /** Counters, see {@link BEAT}. */
  readonly beats: SharedArrayBuffer;
  readonly lineStyle: PlainLineOptions;
  /** The file of the blocking stack, for probes; empty without a folder for it. */
  readonly stackFile: string;
  /** The address to listen on in place of the service; `undefined` without an admin port. */
  readonly admin: { readonly host: string; readonly port: number; readonly contentType: string } | undefined;
}

/**
 * The places in `beats`: how often the loop has turned, and whether a debugger is attached and warnings are written as
 * it turned last.
 */
export const BEAT = { count: 0, inspected: 1, warns: 2 } as const;

export const BEATS_BYTES = 12;

/** How often the event loop counts. */
export const BEAT_INTERVAL_MS = 200;

/** From the watchdog. */
export type Question =
  | { readonly kind: 'evaluate'; readonly id: number; readonly probe: Probe; readonly options: EvaluateOptions }
  | { readonly kind: 'exposition'; readonly id: number }
  /** The event loop turns again: a line for the service's own logger. */
  | { readonly kind: 'turns again'; readonly afterMs: number }
  /** Where the admin port is. */
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  /** What stands in the way of the admin port, in one sentence. */
  | { readonly kind: 'not listening'; readonly message: string };

/** To the watchdog. */
export type Reply =
  | { readonly kind: 'reply'; readonly id: number; readonly value: ProbeResult | string }
  /** The question could not be answered. */
  | { readonly kind: 'failed'; readonly id: number }
  | { readonly kind: 'close' };

export type EvaluateOptions = NonNullable<Parameters<Health['evaluate']>[1]>;
