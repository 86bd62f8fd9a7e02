/** OpenTelemetry's `error.type` of a request that got no answer. */

/** An error that `errorTypeOf` gives `code` for. */
export function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The code of a system error (`ECONNREFUSED`), else its name: a small set, as the value of a label has to be. */
export function errorTypeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
