/**
 * From the environment and the options to the values of a table of settings, with an account of each value and each
 * problem.
 */
import { type Candidate, chooseValue, type Environment, isScalar, plainText } from './choose-value.js';
import type { Config, PortholeOptions } from './config.js';
import { flag } from './parse-value.js';
import type { Variable } from './variable.js';

/** One effective setting: its value and who set it. */
export interface Setting {
  readonly key: keyof Config;
  /** The variable that sets it, or without one of its own, the resource attribute. */
  readonly name: string;
  /** As text; `(hidden)` if it is a secret. */
  readonly value: string;
  /** The variable or option that the value came from, or `default`. */
  readonly source: string;
}

/** A value that could not be used. */
export interface ConfigProblem {
  /** The variable or option that holds it. */
  readonly source: string;
  /** The mistake, the allowed values and the value in its place, in one sentence. */
  readonly message: string;
}

/** The result of `resolveSettings`. */
export interface ResolvedSettings<Key extends keyof Config> {
  readonly config: Pick<Config, Key>;
  readonly settings: readonly Setting[];
  readonly problems: readonly ConfigProblem[];
}

/** The settings by their keys. */
export type Variables<Key extends keyof Config> = { readonly [Name in Key]: Variable<Config[Name]> };

/**
 * Resolves each setting of `variables`: environment variables win over options, options over defaults. A value that is
 * not valid becomes a problem, and the next candidate is used. Never throws.
 */
export function resolveSettings<Key extends keyof Config>(
  variables: Variables<Key>,
  environment: Environment,
  options: PortholeOptions,
): ResolvedSettings<Key> {
  const config: Record<string, unknown> = {};
  const settings: Setting[] = [];
  const problems: ConfigProblem[] = [];
  for (const [key, variable] of Object.entries(variables) as [keyof Config, Variable<unknown>][]) {
    const attributes = (config.resourceAttributes ?? {}) as Readonly<Record<string, unknown>>;
    const { taken, refused, ...chosen } = chooseValue(variable, environment, options, attributes);
    config[key] = chosen.value;
    const name = variable.names[0] ?? variable.resourceAttribute ?? key;
    settings.push({ key, name, value: showChosen(variable, chosen.value, quote), source: chosen.source });
    for (const candidate of taken) problems.push(...unusableMembers(variable, candidate));
    for (const candidate of refused) problems.push(problemOf(variable, candidate, chosen));
  }
  return { config: config as unknown as Pick<Config, Key>, settings, problems: eachOnce(problems) };
}

/** A variable that is for several settings is wrong once. */
function eachOnce(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const messages = problems.map(({ message }) => message);
  return problems.filter(({ message }, index) => messages.indexOf(message) === index);
}

/** The report on list members that do not count. */
function unusableMembers(variable: Variable<unknown>, { source, value }: Candidate): ConfigProblem[] {
  const [first, ...others] = variable.type.unusable?.(plainText(value) ?? '') ?? [];
  if (first === undefined) return [];
  const members = quoteInShort(first) + (others.length === 0 ? '' : ` and ${others.length} more`);
  return [
    {
      source,
      message: `${source} lists ${members}, which is not valid: expected ${variable.type.expected}; using the other members`,
    },
  ];
}

function problemOf(variable: Variable<unknown>, refused: Candidate, chosen: Candidate): ConfigProblem {
  const text = plainText(refused.value);
  const value =
    text === undefined
      ? `(${typeof refused.value})`
      : show(variable, isScalar(refused.value) ? refused.value : text, quoteInShort);
  const used = showChosen(variable, chosen.value, quoteInShort);
  const from = chosen.source === 'default' ? 'the default' : chosen.source;
  return {
    source: refused.source,
    message: `${refused.source}=${value} is not valid: expected ${variable.type.expected}; using ${used} (${from})`,
  };
}

type Quote = (value: string) => string;

function showChosen(variable: Variable<unknown>, value: unknown, quoted: Quote): string {
  if (value === 0 && variable.zero !== undefined) return variable.zero;
  return variable.secret || variable.type.show === undefined
    ? show(variable, value, quoted)
    : variable.type.show(value);
}

function show(variable: Variable<unknown>, value: unknown, quoted: Quote): string {
  if (variable.secret && (typeof value === 'number' || typeof value === 'boolean')) return '(hidden)';
  if (typeof value === 'number') return String(value);
  // In the words that the variable takes; Booleans of OpenTelemetry are `true` and `false`.
  if (typeof value === 'boolean') return variable.type === flag ? (value ? 'on' : 'off') : String(value);
  const shown = typeof value === 'string' ? value : joinMembers(value as readonly string[] | Record<string, string>);
  if (shown === '') return 'none';
  return variable.secret ? '(hidden)' : quoted(variable.type.redact?.(shown) ?? shown);
}

function joinMembers(value: readonly string[] | Readonly<Record<string, string>>): string {
  const members = Array.isArray(value) ? value : Object.entries(value).map(([key, part]) => `${key}=${part}`);
  return members.join(',');
}

/**
 * As JSON has it, on one line; characters that JSON leaves alone but a terminal acts on (C1, bidi controls) are escaped
 * too.
 */
function quote(value: string): string {
  return JSON.stringify(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeUnits);
}

/** The most characters of a value within a sentence. */
const IN_SENTENCE = 60;

/** The same, cut if it is long, no escape torn. */
function quoteInShort(value: string): string {
  let shown = '';
  for (const character of value.slice(0, IN_SENTENCE + 1)) {
    const escaped = quote(character).slice(1, -1);
    if (shown.length + escaped.length > IN_SENTENCE) return `"${shown}…"`;
    shown += escaped;
  }
  return `"${shown}"`;
}

function escapeUnits(character: string): string {
  let escaped = '';
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
