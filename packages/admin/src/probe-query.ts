/** A probe's query string, in Kubernetes' form: `?verbose&exclude=postgres&exclude=redis`. */

export interface ProbeQuery {
  /** Whether every check is listed. As in Kubernetes, the name alone counts, with any value. */
  readonly verbose: boolean;
  /** The checks that are left out, each once. */
  readonly exclude: readonly string[];
}

/**
 * Splits a request's target into its path and its query, without the question mark. The target may have the absolute
 * form, which a server must accept (RFC 9112, section 3.2.2): its scheme and host are left out.
 */
export function splitTarget(target: string): readonly [path: string, query: string] {
  const origin = target.replace(ABSOLUTE_FORM, '');
  const mark = origin.indexOf('?');
  return mark === -1 ? [origin || '/', ''] : [origin.slice(0, mark) || '/', origin.slice(mark + 1)];
}

const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/** Parses the query; other parameters are ignored. Never throws. */
export function parseProbeQuery(query: string): ProbeQuery {
  const parameters = new URLSearchParams(query);
  return {
    verbose: parameters.has('verbose'),
    exclude: [...new Set(parameters.getAll('exclude'))].filter((name) => name !== ''),
  };
}
