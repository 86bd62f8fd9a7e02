/** Rate, errors and duration of requests, of calls and of other work. */
import { METRICS } from '@porthole/metrics';
import { errorShare, quantile, rate, series, sumBy } from '../promql.js';
import type { Row } from './row.js';

const SERVER = METRICS.httpServerRequestDuration;
const CLIENT = METRICS.httpClientRequestDuration;
const WORK = METRICS.workDuration;
const ROUTE = ['http_request_method', 'http_route'];
const BY_ROUTE = '{{http_request_method}} {{http_route}}';

export const overview: Row = {
  id: 100,
  title: 'Overview',
  panels: [
    {
      id: 101,
      title: 'Instances',
      description:
        'Instances that are being scraped. Fewer than you deployed: look at the missing pod, not at this page.',
      unit: 'none',
      kind: 'stat',
      queries: [[`count(${series(METRICS.buildInfo)})`, 'instances']],
    },
    {
      id: 102,
      title: 'Requests',
      description: 'Requests per second over all routes.',
      unit: 'reqps',
      kind: 'stat',
      queries: [[sumBy([], rate(`${SERVER}_count`)), 'requests']],
    },
    {
      id: 103,
      title: 'Errors',
      description:
        'Share of requests that failed. Above your objective: find the route below, then its log lines by trace_id.',
      unit: 'percentunit',
      kind: 'stat',
      queries: [[errorShare(SERVER), 'errors']],
    },
    {
      id: 104,
      title: 'Shortest uptime',
      description:
        'Age of the youngest instance. Short without a deployment: it restarts; read its termination message.',
      unit: 's',
      kind: 'stat',
      queries: [[`min(time() - ${series(METRICS.processStartTime)})`, 'uptime']],
    },
  ],
};

export const requests: Row = {
  id: 200,
  title: 'Requests',
  panels: [
    {
      id: 201,
      title: 'Requests by route',
      description:
        'Requests per second. Much traffic on "unmatched" is scanners or a wrong path in a client; a sudden drop is a problem before this service.',
      unit: 'reqps',
      queries: [[sumBy(ROUTE, rate(`${SERVER}_count`)), BY_ROUTE]],
    },
    {
      id: 202,
      title: 'Errors by route',
      description:
        'Share of requests with an error_type (5xx, aborted, thrown). One route: look for its error in the logs. All routes: look at a shared dependency or the last deployment.',
      unit: 'percentunit',
      queries: [[errorShare(SERVER, ROUTE), BY_ROUTE]],
    },
    {
      id: 203,
      title: 'In flight',
      description:
        'Requests that are being answered. Rising while the rate is flat means that answers take longer: compare with duration and with calls to other services.',
      unit: 'none',
      queries: [[sumBy(['instance'], series(METRICS.httpServerActiveRequests)), '{{instance}}']],
    },
    {
      id: 204,
      title: 'Duration',
      description:
        'Percentiles over all routes. Only p99 is high: some requests wait for something, often the event loop. All are high: the work itself or a dependency is slow.',
      unit: 's',
      queries: [
        [quantile(0.5, SERVER), 'p50'],
        [quantile(0.95, SERVER), 'p95'],
        [quantile(0.99, SERVER), 'p99'],
      ],
    },
    {
      id: 205,
      title: 'Duration by route',
      description: 'Percentiles of each route. Look at the traces of the slowest before you tune it.',
      unit: 's',
      columns: 16,
      queries: [
        [quantile(0.5, SERVER, ROUTE), `p50 ${BY_ROUTE}`],
        [quantile(0.95, SERVER, ROUTE), `p95 ${BY_ROUTE}`],
        [quantile(0.99, SERVER, ROUTE), `p99 ${BY_ROUTE}`],
      ],
    },
    {
      id: 206,
      title: 'Calls to other services',
      description:
        'HTTP requests that this service makes, per second. More calls per request than before point to a lost cache or retries.',
      unit: 'reqps',
      queries: [[sumBy(['server_address'], rate(`${CLIENT}_count`)), '{{server_address}}']],
    },
    {
      id: 207,
      title: 'Calls that failed',
      description:
        'Share of calls with an error_type. High for one address: that service or the way to it is at fault.',
      unit: 'percentunit',
      queries: [[errorShare(CLIENT, ['server_address']), '{{server_address}}']],
    },
    {
      id: 208,
      title: 'Duration of calls',
      description:
        '95th percentile. Slow here and slow above: the dependency is the cause; set a time-out below your own.',
      unit: 's',
      queries: [[quantile(0.95, CLIENT, ['server_address']), '{{server_address}}']],
    },
    {
      id: 209,
      title: 'Other work',
      description:
        'Messages, jobs and other units of work per second. None, although some are expected: the consumer is stuck.',
      unit: 'ops',
      queries: [[sumBy(['kind', 'name'], rate(`${WORK}_count`)), '{{kind}} {{name}}']],
    },
    {
      id: 210,
      title: 'Other work that failed',
      description: 'Share of units of work that threw. Look for the name in the logs.',
      unit: 'percentunit',
      queries: [[errorShare(WORK, ['kind', 'name']), '{{kind}} {{name}}']],
    },
    {
      id: 211,
      title: 'Duration of other work',
      description:
        '95th percentile. A job that takes longer each day outgrows its slot: split it, or give it a process of its own.',
      unit: 's',
      queries: [[quantile(0.95, WORK, ['kind', 'name']), '{{kind}} {{name}}']],
    },
  ],
};
