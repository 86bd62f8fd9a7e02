/**
 * From the environment and the options to the value of one setting; without an account of it, which a probe does not
 * need.
 */
import type { PortholeOptions } from './config.js';
import type { Variable } from './variable.js';

/** The environment, by name; empty values count as unset, as the OpenTelemetry specification has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value that somebody has set. */
export interface Candidate {
  readonly source: string;
  readonly value: unknown;
}

/** The value that counts, and the candidates on the way. */
export interface ChosenValue extends Candidate {
  /** The values that it comes from; none for the default. */
  readonly taken: readonly Candidate[];
  /** Those that are not valid. */
  readonly refused: readonly Candidate[];
}

/** Environment variables win over options, options over the default; an invalid one is skipped. Never throws. */
export function chooseValue(
  variable: Variable<unknown>,
  environment: Environment,
  options: PortholeOptions,
  attributes: Readonly<Record<string, unknown>> = {},
): ChosenValue {
  const taken: Candidate[] = [];
  const refused: Candidate[] = [];
  let chosen: Candidate | undefined;
  for (const candidate of candidatesOf(variable, environment, attributes, options)) {
    const value = parse(variable, candidate.value);
    if (value === undefined) {
      refused.push(candidate);
      continue;
    }
    taken.push(candidate);
    chosen =
      chosen === undefined
        ? { source: candidate.source, value }
        : { source: `${chosen.source} and ${candidate.source}`, value: variable.add?.(chosen.value, value) };
    if (variable.add === undefined) break;
  }
  return { ...(chosen ?? { source: 'default', value: variable.defaultValue }), taken, refused };
}

function candidatesOf(
  variable: Variable<unknown>,
  environment: Environment,
  attributes: Readonly<Record<string, unknown>>,
  options: PortholeOptions,
): Candidate[] {
  const { names, resourceAttribute, fallback, option } = variable;
  const candidates: Candidate[] = names.map((name) => ({ source: name, value: environment[name] }));
  if (resourceAttribute !== undefined) {
    candidates.push({ source: 'OTEL_RESOURCE_ATTRIBUTES', value: attributes[resourceAttribute] });
  }
  if (fallback !== undefined) candidates.push({ source: fallback, value: environment[fallback] });
  if (option !== undefined) candidates.push({ source: `option ${option}`, value: options[option] });
  return candidates.filter(({ value }) => !isUnset(value));
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function parse(variable: Variable<unknown>, value: unknown): unknown {
  const text = plainText(value);
  return text === undefined ? undefined : variable.type.parse(text);
}

/** An option may hold anything if the caller writes JavaScript: only values with a plain text form count. */
export function plainText(value: unknown): string | undefined {
  if (Array.isArray(value) && value.every(isScalar)) return value.map(String).join(',');
  return isScalar(value) ? String(value).trim() : undefined;
}

export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
