/** The line of a request or a call for people: `GET /orders/1 200 6.0 ms`. */

type Line = Readonly<Record<string, unknown>>;

/** The text of the line for people, and the fields that it replaces. */
export interface PrettyRequest {
  readonly text: string;
  readonly rest: Line;
}

/** `undefined` if `line` is not the line of a request or a call that has ended. */
export function prettyRequest(line: Line): PrettyRequest | undefined {
  const {
    'http.request.method': method,
    'url.path': path,
    'http.route': _route,
    'http.response.status_code': status,
    'server.address': host,
    'server.port': port,
    duration_ms: durationMs,
    message,
    // Long, and the same in line after line of a developer.
    'http.response.body.size': _size,
    'client.address': _client,
    'user_agent.original': _agent,
    ...others
  } = line;
  if (typeof method !== 'string' || typeof durationMs !== 'number') return undefined;
  const isCall = host !== undefined;
  if (path === undefined && !isCall) return undefined;
  const outcome = status ?? '(no answer)';
  // A call that was given a name keeps it, and so does a line of the application with fields of these names.
  const end = isCall ? (status ?? host) : outcome;
  if (typeof message !== 'string' || !message.startsWith(`${method} `) || !message.endsWith(` ${end}`))
    return undefined;
  const target = [host, port === undefined ? undefined : `:${port}`, path].filter((part) => part !== undefined);
  return { text: `${method} ${target.join('')} ${outcome} ${formatDurationMs(durationMs)}`, rest: others };
}

/** `6.0 ms`, `250 ms`, `12.3 s`. */
function formatDurationMs(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}
