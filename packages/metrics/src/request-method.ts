/** The methods that the semantic conventions know (v1.44, `http.request.method`). */
const METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);

/** The value of the label `http_request_method`: anybody can send any method, so one that is not known is `_OTHER`. */
export function requestMethod(method: string): string {
  return METHODS.has(method) ? method : '_OTHER';
}
