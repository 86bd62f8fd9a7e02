/** What the service and its witness, a thread of the same process, say to each other. */
import type { Health, Probe, ProbeResult } from '@porthole/health';
import type { PlainLineOptions } from '@porthole/logger';

/** What the witness is given when it starts. */
export interface WitnessData {
  /** Two counters, see {@link Beats}. */
  readonly beats: SharedArrayBuffer;
  readonly lineStyle: PlainLineOptions;
  /** Whether warnings are written at all. */
  readonly warns: boolean;
  /** Where probes find the stack of what blocks; empty where there is no folder for it. */
  readonly stackFile: string;
  /** Where to listen in place of the service; `undefined` where there is no admin port. */
  readonly admin: { readonly host: string; readonly port: number; readonly contentType: string } | undefined;
}

/** The places in `beats`. */
export const BEAT = { count: 0, inspected: 1 } as const;

/** How often the event loop counts. */
export const BEAT_INTERVAL_MS = 200;

/** From the witness. */
export type Question =
  | { readonly kind: 'evaluate'; readonly id: number; readonly probe: Probe; readonly options: EvaluateOptions }
  | { readonly kind: 'exposition'; readonly id: number }
  /** What stands in the way of the admin port, in one sentence. */
  | { readonly kind: 'not listening'; readonly message: string };

/** To the witness. */
export type Reply =
  | { readonly kind: 'reply'; readonly id: number; readonly value: ProbeResult | string }
  | { readonly kind: 'close' };

export type EvaluateOptions = NonNullable<Parameters<Health['evaluate']>[1]>;
