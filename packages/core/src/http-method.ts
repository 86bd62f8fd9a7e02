/** Which request methods may become names, labels and attribute values: others are anybody's invention. */

/**
 * Whether `method` is one that the semantic conventions know (v1.44, `http.request.method`): those of RFC 9110, PATCH of RFC 5789 and
 * QUERY. Methods are case-sensitive. It is asked for each request: a `Set` would hash the text, these are compared by their addresses.
 */
export function isKnownMethod(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'POST':
    case 'PUT':
    case 'DELETE':
    case 'PATCH':
    case 'HEAD':
    case 'OPTIONS':
    case 'QUERY':
    case 'CONNECT':
    case 'TRACE':
      return true;
    default:
      return false;
  }
}
