/** The line at the start with the addresses of the service and of its telemetry. */
import type { Log } from '@porthole/core/internal';
import type { OtlpOptions } from '@porthole/tracing';

export interface PlacesOptions {
  /** Resolves to the address of the admin port; undefined if it is not. */
  readonly adminPort: Promise<{ readonly host: string; readonly port: number } | undefined>;
  /** Resolves to the path of the control socket; undefined if there is none. */
  readonly controlSocket: Promise<string | undefined>;
  readonly traces: OtlpOptions | 'none' | 'other' | undefined;
  readonly metrics: OtlpOptions | undefined;
  readonly log: Pick<Log, 'info'>;
  readonly isStopping: () => boolean;
}

/** Logs it once all is known, and not if the service stops before. Never rejects. */
export async function reportPlaces(options: PlacesOptions): Promise<void> {
  const [address, socket] = await Promise.all([options.adminPort, options.controlSocket]);
  // A service that has switched all of it off has nothing to report.
  const places = [address, socket, options.traces, options.metrics];
  if (options.isStopping() || places.every((place) => place === undefined || place === 'none')) return;
  const message =
    address === undefined ? 'there is no admin port' : `the admin port is ${address.port}, on ${address.host}`;
  options.log.info(
    { control_socket: socket ?? 'none', traces: target(options.traces), metrics: target(options.metrics) },
    message,
  );
}

/** Without the user's part and the query, which may hold a key. */
function target(options: PlacesOptions['traces']): string {
  if (options === undefined || options === 'none') return 'not exported';
  if (options === 'other') return 'exported by an OpenTelemetry SDK';
  const { origin, pathname } = new URL(options.endpoint);
  return origin + (pathname === '/' ? '' : pathname);
}
