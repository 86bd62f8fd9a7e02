/** From the environment and the options to one `Config`, with an account of what each setting is and what was wrong. */
import type { Config, PortholeOptions } from './config.js';
import { type Variable, variables } from './variables.js';

/** One effective setting: its value and who set it. */
export interface Setting {
  readonly key: keyof Config;
  /** The variable that sets it. */
  readonly name: string;
  /** As text; `(hidden)` where it is a secret. */
  readonly value: string;
  /** The variable or option that the value came from, or `default`. */
  readonly source: string;
}

/** A value that could not be used. */
export interface ConfigProblem {
  /** The variable or option that holds it. */
  readonly source: string;
  /** What is wrong, what is allowed and what is used instead, in one sentence. */
  readonly message: string;
}

/** What `resolveConfig` found. */
export interface ResolvedConfig {
  readonly config: Config;
  readonly settings: readonly Setting[];
  readonly problems: readonly ConfigProblem[];
}

/** The environment, by name; empty values count as unset, as the OpenTelemetry specification has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Candidate {
  readonly source: string;
  readonly value: unknown;
}

/**
 * Resolves every setting: environment variables win over options, options over defaults. A value that is not valid becomes a
 * problem, and the next candidate is used. Never throws.
 */
export function resolveConfig(environment: Environment, options: PortholeOptions): ResolvedConfig {
  const config: Record<string, unknown> = {};
  const settings: Setting[] = [];
  const problems: ConfigProblem[] = [];
  for (const [key, variable] of Object.entries(variables) as [keyof Config, Variable<unknown>][]) {
    const attributes = (config.resourceAttributes ?? {}) as Readonly<Record<string, unknown>>;
    const refused: Candidate[] = [];
    let chosen: Candidate = { source: 'default', value: variable.defaultValue };
    for (const candidate of candidatesOf(variable, environment, attributes, options)) {
      const value = parse(variable, candidate.value);
      if (value !== undefined) {
        chosen = { source: candidate.source, value };
        break;
      }
      refused.push(candidate);
    }
    config[key] = chosen.value;
    settings.push({ key, name: variable.names[0], value: show(variable, chosen.value), source: chosen.source });
    for (const candidate of refused) problems.push(problemOf(variable, candidate, chosen));
  }
  return { config: config as unknown as Config, settings, problems };
}

/** Resolves the process's own environment: the one place in the family that reads it. */
export function loadConfig(options: PortholeOptions = {}): ResolvedConfig {
  return resolveConfig(process.env, options);
}

function candidatesOf(
  variable: Variable<unknown>,
  environment: Environment,
  attributes: Readonly<Record<string, unknown>>,
  options: PortholeOptions,
): Candidate[] {
  const [first, ...others] = variable.names;
  const candidates: Candidate[] = [{ source: first, value: environment[first] }];
  if (variable.resourceAttribute !== undefined) {
    candidates.push({ source: 'OTEL_RESOURCE_ATTRIBUTES', value: attributes[variable.resourceAttribute] });
  }
  for (const name of others) candidates.push({ source: name, value: environment[name] });
  if (variable.option !== undefined) {
    candidates.push({ source: `option ${variable.option}`, value: options[variable.option] });
  }
  return candidates.filter(({ value }) => value !== undefined && value !== null && value !== '');
}

function parse(variable: Variable<unknown>, value: unknown): unknown {
  // An option may hold anything where the caller writes JavaScript: only what has a plain text form is looked at.
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  return variable.type.parse(String(value).trim());
}

function problemOf(variable: Variable<unknown>, refused: Candidate, chosen: Candidate): ConfigProblem {
  const used = show(variable, chosen.value);
  const from = chosen.source === 'default' ? 'the default' : chosen.source;
  return {
    source: refused.source,
    message: `${refused.source}=${show(variable, refused.value)} is not valid: expected ${variable.type.expected}; using ${used} (${from})`,
  };
}

const SHOWN_CHARACTERS = 60;

function show(variable: Variable<unknown>, value: unknown): string {
  if (variable.secret) return '(hidden)';
  if (value === '') return 'none';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!isPairs(value)) return `(${typeof value})`;
  const members = Object.entries(value).map(([key, part]) => `${key}=${part}`);
  return members.length === 0 ? 'none' : quote(members.join(','));
}

function isPairs(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((part) => typeof part === 'string');
}

/** On one line, control characters escaped. */
function quote(value: string): string {
  return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value);
}
