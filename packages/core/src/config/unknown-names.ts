/**
 * Variables with Porthole's prefix and options that nothing reads. They may be another program's, and so they are not
 * problems.
 */
import type { Environment } from './choose-value.js';
import { mistypedNames } from './mistyped-names.js';
import { processEnvironment } from './process-environment.js';
import { variables } from './variables.js';

/**
 * Variables that Kubernetes and Docker make of the name of a service
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
const SERVICE_LINK = /_(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
const SERVICE_URL = /^(?:tcp|udp|sctp):\/\//;

/**
 * The names of those that are not near enough to a setting to be a typing slip, which is a problem. Options are named
 * `option x`.
 *
 * @param otherOptions - names of options that are not settings
 */
export function unknownNames(
  options: object,
  otherOptions: readonly string[],
  environment: Environment = processEnvironment(),
): readonly string[] {
  const rows = Object.values(variables);
  const known: readonly string[] = [...rows.flatMap(({ names }) => names), ...otherOptions.map(optionSource)];
  const settings = rows.flatMap(({ option }) => (option === undefined ? [] : [optionSource(option)]));
  const mistyped = mistypedNames(environment, options, variables).map(({ source }) => source);
  const given = [
    ...Object.keys(environment).filter((name) => name.startsWith('PORTHOLE_') && !isServiceLink(name, environment)),
    ...Object.keys(options).map(optionSource),
  ];
  return given.filter((name) => ![known, settings, mistyped].some((names) => names.includes(name)));
}

function optionSource(name: string): string {
  return `option ${name}`;
}

function isServiceLink(name: string, environment: Environment): boolean {
  return SERVICE_LINK.test(name) || SERVICE_URL.test(environment[name] ?? '');
}
