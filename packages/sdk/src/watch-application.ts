/** Who sees the work of the application, and who is told of it: all of it, but what `PORTHOLE_DISABLED` switches off. */
import { watchClients } from '@porthole/clients';
import type { Config, Observer } from '@porthole/core';
import { addObserver, choosePropagators } from '@porthole/core/internal';
import {
  type DescribeRequest,
  watchConnections,
  watchFastify,
  watchInbound,
  watchOutboundFetch,
  watchOutboundHttp,
} from '@porthole/http';
import type { Lifecycle } from '@porthole/lifecycle';
import { createRequestLog } from '@porthole/logger';
import type { Parts } from './compose.js';

export interface WatchOptions {
  readonly parts: Parts;
  readonly config: Config;
  readonly describeRequest: DescribeRequest | undefined;
  readonly lifecycle: Lifecycle;
}

/** Starts the watch; what it holds is ended in the order of the shutdown. */
export function watchApplication({ parts, config, describeRequest, lifecycle }: WatchOptions): void {
  choosePropagators(config.propagators);
  const observers = observersOf(parts, config);
  for (const observer of observers) addObserver(observer);
  if (!config.disabled.includes('traces')) parts.tracing.register();
  // Ended after the requests in flight, whose spans are exported too.
  lifecycle.onExit('telemetry', 'traces', (signal) => parts.tracing.close(signal));
  if (observers.length > 0) watchClients();
  if (config.disabled.includes('http')) return;

  const inbound = watchInbound({ ignorePaths: config.ignorePaths, describeRequest });
  watchFastify();
  watchOutboundFetch();
  watchOutboundHttp();
  const connections = watchConnections();
  lifecycle.onExit('drain', 'connections', (signal) => connections.drain(signal));
  lifecycle.onExit('telemetry', 'requests in flight', () => inbound.close());
}

/** The tracer first: it decides whether a record is sampled, which the others show. */
function observersOf({ tracing, metrics, logger, sink, lineStyle }: Parts, { disabled }: Config): readonly Observer[] {
  return [
    ...(disabled.includes('traces') ? [] : [tracing.observer]),
    ...(disabled.includes('metrics') ? [] : [metrics.observer]),
    ...(disabled.includes('logs') ? [] : [createRequestLog({ ...lineStyle, logger, sink })]),
  ];
}
