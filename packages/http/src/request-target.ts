/** The target of a request line (RFC 9112, section 3.2). */

/** The path of a target: without the query, and without the origin that absolute forms carry. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (path.startsWith('/')) return path;
  const authority = path.indexOf('://');
  if (authority < 0) return path;
  const slash = path.indexOf('/', authority + 3);
  return slash < 0 ? '/' : path.slice(slash);
}
