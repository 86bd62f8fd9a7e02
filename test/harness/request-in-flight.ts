/** A request that the service is known to be at work on, for tests of what becomes of it then. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/** A request whose answer is still to come. */
export interface RequestInFlight {
  /** The status of its answer; rejects where the connection ends before. */
  readonly status: Promise<number>;
  /** Ends the connection, as a client does that has waited long enough. */
  abort(): void;
}

/** Sends a GET and resolves once its handler has begun, which the server's "100 Continue" tells. */
export async function requestInFlight(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<RequestInFlight> {
  const outgoing = request(url, { headers: { ...headers, expect: '100-continue' } });
  const status = once(outgoing, 'response').then(([response]: IncomingMessage[]) => {
    response?.resume();
    return response?.statusCode as number;
  });
  // Whoever aborts it need not look at it.
  status.catch(() => {});
  outgoing.end();
  await once(outgoing, 'continue');
  return { status, abort: () => outgoing.destroy() };
}
