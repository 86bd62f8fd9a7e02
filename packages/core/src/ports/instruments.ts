/** The port through which parts of Porthole measure, so that none of them needs to know the registry. */

/** Label values by label name. */
export type Labels = Readonly<Record<string, string>>;

/** A metric's name, help text and label names, as Prometheus has them. */
export interface InstrumentOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[] | undefined;
}

/** The name of a histogram and its buckets. */
export interface HistogramOptions extends InstrumentOptions {
  /** Upper bounds in the metric's unit, ascending. @defaultValue those of OpenTelemetry for requests, in seconds */
  readonly buckets?: readonly number[] | undefined;
}

/** Sets one series of a gauge or counter while a scrape collects. */
export type Report = (value: number, labels?: Labels) => void;

/**
 * Reports all series anew; a scrape waits for a promise. One that throws or rejects leaves no series and is counted.
 */
export type Collect = (report: Report) => unknown;

export interface Counter {
  add(value: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** Makes instruments. A name that is there already gives the instrument that has it. Nothing here throws. */
export interface Instruments {
  counter(options: InstrumentOptions): Counter;
  gauge(options: InstrumentOptions): Gauge;
  histogram(options: HistogramOptions): Histogram;
  /** A counter whose total is read at each scrape. */
  observeCounter(options: InstrumentOptions, collect: Collect): void;
  /** A gauge that is read at each scrape. */
  observeGauge(options: InstrumentOptions, collect: Collect): void;
}

const nothing = (): void => {};

/** Measures nothing. */
export const noInstruments: Instruments = {
  counter: () => ({ add: nothing }),
  gauge: () => ({ set: nothing }),
  histogram: () => ({ observe: nothing }),
  observeCounter: nothing,
  observeGauge: nothing,
};
