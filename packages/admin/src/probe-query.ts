/** A probe's query string, in Kubernetes' form: `?verbose&exclude=postgres&exclude=redis`. */

export interface ProbeQuery {
  /** Whether every check is listed. As in Kubernetes, the name alone counts, whatever its value. */
  readonly verbose: boolean;
  /** The checks that are left out, each once. */
  readonly exclude: readonly string[];
}

/** Splits a request's target into its path and its query, without the question mark. */
export function splitTarget(target: string): readonly [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** Parses the query; other parameters are ignored. Never throws. */
export function parseProbeQuery(query: string): ProbeQuery {
  const parameters = new URLSearchParams(query);
  return {
    verbose: parameters.has('verbose'),
    exclude: [...new Set(parameters.getAll('exclude'))].filter((name) => name !== ''),
  };
}
