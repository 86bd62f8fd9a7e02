/** Which request methods may become names, labels and attribute values: others are anybody's invention. */

/** RFC 9110, PATCH of RFC 5789 and QUERY, as the semantic conventions have them (v1.44, `http.request.method`). */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
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

/** Whether `method` is one that the semantic conventions know; methods are case-sensitive. */
export function isKnownMethod(method: string): boolean {
  return KNOWN_METHODS.has(method);
}
