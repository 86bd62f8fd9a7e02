/** Which request methods may become names, labels and attribute values: others are anybody's invention. */
import { sharedState } from '../shared-state.js';

/**
 * The methods that the semantic conventions know (v1.44, `http.request.method`): those of RFC 9110, PATCH of RFC 5789
 * and QUERY.
 */
export const HTTP_METHODS: readonly string[] = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'QUERY',
  'CONNECT',
  'TRACE',
];

/** The configured methods, if any. */
const state = /* @__PURE__ */ sharedState('http-methods', () => ({
  chosen: undefined as ReadonlySet<string> | undefined,
}));

/** Makes these methods the known ones. */
export function chooseKnownMethods(methods: readonly string[]): void {
  const chosen = new Set(methods);
  const isDefault = chosen.size === HTTP_METHODS.length && HTTP_METHODS.every((method) => chosen.has(method));
  state.chosen = isDefault ? undefined : chosen;
}

/**
 * Whether `method` is known. Methods are case-sensitive. It is asked for each request: a `Set` would hash the text,
 * those of the conventions are compared by their addresses.
 */
export function isKnownMethod(method: string): boolean {
  if (state.chosen !== undefined) return state.chosen.has(method);
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

/** `http.request.method` of requests whose method is not known. */
export const OTHER_METHOD = '_OTHER';

/**
 * The attributes of `method`, by the semantic conventions: one that is not known is `_OTHER`, and beside it as it was
 * sent.
 */
export function methodAttributes(method: string): Readonly<Record<string, string>> {
  if (isKnownMethod(method)) return { 'http.request.method': method };
  return { 'http.request.method': OTHER_METHOD, 'http.request.method_original': method };
}
