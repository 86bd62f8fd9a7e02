/** The instruments as an application has them: core's `Instruments`, with the names of the labels in their types. */

/** Label values by label name. A label that has no value, or an empty one, is left out of the series. */
export type Labels<Name extends string> = [Name] extends [never]
  ? Readonly<Record<string, never>>
  : string extends Name
    ? Readonly<Record<string, string>>
    : { readonly [Label in Name]?: string | undefined };

/** A metric's name, help text and label names, as Prometheus has them. */
export interface InstrumentOptions<Name extends string> {
  /** Unique in the service, with the unit: `order_lookups_total`, `payload_size_bytes`. */
  readonly name: string;
  /** One sentence on the measured value. */
  readonly help: string;
  /** The labels that a series may have. @defaultValue none */
  readonly labelNames?: readonly Name[] | undefined;
}

/** The name of a histogram and its buckets. */
export interface HistogramOptions<Name extends string> extends InstrumentOptions<Name> {
  /**
   * Upper bounds in the metric's unit, ascending, without infinity. @defaultValue those of OpenTelemetry for requests
   * in seconds, 0.005 to 10
   */
  readonly buckets?: readonly number[] | undefined;
}

/** Sets one series of a gauge or counter while a scrape collects. */
export type Report<Name extends string> = (value: number, labels?: Labels<Name>) => void;

/**
 * Reports all series anew; a scrape waits for a promise. One that throws or rejects leaves no series and is counted.
 */
export type Collect<Name extends string> = (report: Report<Name>) => unknown;

/** A total that only grows. */
export interface Counter<Name extends string> {
  /**
   * Adds `value`, which is 0 or more, to the series of `labels`. Never throws: a wrong value or label is logged once
   * and counts nothing.
   */
  add(value: number, labels?: Labels<Name>): void;
}

/** A number that goes up and down. */
export interface Gauge<Name extends string> {
  /** Sets the series of `labels` to `value`. Never throws: a wrong value or label is logged once and sets nothing. */
  set(value: number, labels?: Labels<Name>): void;
}

/** A distribution of values: how many there were up to each bound, and their sum. */
export interface Histogram<Name extends string> {
  /** Adds `value` to the series of `labels`. Never throws: a wrong value or label is logged once and counts nothing. */
  observe(value: number, labels?: Labels<Name>): void;
}

/**
 * Makes instruments. A name that is there already gives the instrument that has it. Nothing here throws: one that is
 * made wrongly is logged once and measures nothing. The compiler knows the labels: one that is not in `labelNames` is
 * an error.
 */
export interface MetricInstruments {
  /**
   * Makes a counter, for cumulative values: requests, failures, bytes.
   *
   * @example
   * const lookups = metrics.counter({ name: 'order_lookups_total', help: 'Orders looked up.', labelNames: ['shop'] });
   * lookups.add(1, { shop: 'main' });
   */
  counter<Name extends string = never>(options: InstrumentOptions<Name>): Counter<Name>;
  /**
   * Makes a gauge, for a number that is set when it changes.
   *
   * @example
   * metrics.gauge({ name: 'open_carts', help: 'Carts that are open.' }).set(7);
   */
  gauge<Name extends string = never>(options: InstrumentOptions<Name>): Gauge<Name>;
  /**
   * Makes a histogram, for durations and sizes.
   *
   * @example
   * const picking = metrics.histogram({ name: 'picking_duration_seconds', help: 'Time to pick an order.' });
   * picking.observe(0.25);
   */
  histogram<Name extends string = never>(options: HistogramOptions<Name>): Histogram<Name>;
  /**
   * Makes a counter whose total is read at each scrape.
   *
   * @example
   * metrics.observeCounter({ name: 'cache_hits_total', help: 'Hits of the cache.' }, (report) => report(cache.hits));
   */
  observeCounter<Name extends string = never>(options: InstrumentOptions<Name>, collect: Collect<Name>): void;
  /**
   * Makes a gauge that is read at each scrape; a function that is async is waited for.
   *
   * @example
   * metrics.observeGauge({ name: 'queue_length', help: 'Jobs that wait.' }, async (report) => report(await queue.count()));
   */
  observeGauge<Name extends string = never>(options: InstrumentOptions<Name>, collect: Collect<Name>): void;
}
