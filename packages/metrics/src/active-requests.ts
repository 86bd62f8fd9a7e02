/** `http_server_active_requests`: the requests that are being answered. */
import { type Instruments, type Labels, requestsInFlight, type WorkRecord } from '@porthole/core/internal';
import { METRICS } from './metric-names.js';
import { requestMethod } from './request-method.js';
import { KEY_SEPARATOR } from './series-map.js';

/** The requests in flight. They are counted at the scrape, so an end without a start cannot skew the count. */
export interface ActiveRequests {
  /**
   * Makes sure that the series of `record` is there, at 0 if need be: a series that comes and goes makes gaps in a
   * graph.
   */
  remember(record: WorkRecord): void;
}

interface ActiveSeries {
  readonly labels: Labels;
  count: number;
}

/** Shows the requests in flight through `instruments`. */
export function createActiveRequests(instruments: Instruments): ActiveRequests {
  // Bounded: the known methods and _OTHER, two schemes.
  const series = new Map<string, ActiveSeries>();

  function seriesOf(record: WorkRecord): ActiveSeries {
    const method = requestMethod(record.method);
    const key = method + KEY_SEPARATOR + record.scheme;
    let one = series.get(key);
    if (one === undefined) {
      one = { labels: { http_request_method: method, url_scheme: record.scheme }, count: 0 };
      series.set(key, one);
    }
    return one;
  }

  instruments.observeGauge(
    {
      name: METRICS.httpServerActiveRequests,
      help: 'Number of active HTTP server requests.',
      labelNames: ['http_request_method', 'url_scheme'],
    },
    (report) => {
      for (const one of series.values()) one.count = 0;
      for (const record of requestsInFlight()) if (record.method !== '') seriesOf(record).count++;
      for (const { labels, count } of series.values()) report(count, labels);
    },
  );

  return { remember: (record) => void seriesOf(record) };
}
