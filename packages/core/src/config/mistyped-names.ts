/** Variables and options that are nearly settings: a typing slip that would go unnoticed, since they are not read. */
import { editDistance } from '../text/closest-word.js';
import type { Environment } from './choose-value.js';
import type { Config, PortholeOptions } from './config.js';
import type { ConfigProblem, Variables } from './resolve-settings.js';

const PREFIX = 'PORTHOLE_';
/** Further away it may be another program's: Kubernetes makes variables of every service's name. */
const MAX_DISTANCE = 2;
const MIN_PART_LENGTH = 4;

/** The former names of settings. */
const RENAMED: Readonly<Record<string, string>> = { PORTHOLE_WITNESS: 'PORTHOLE_WATCHDOG', witness: 'watchdog' };

/** A problem for each. */
export function mistypedNames(
  environment: Environment,
  options: PortholeOptions,
  variables: Variables<keyof Config>,
): readonly ConfigProblem[] {
  const names = Object.values(variables).flatMap((variable) => variable.names);
  const optionNames = Object.values(variables).flatMap(({ option }) => option ?? []);
  const problems: ConfigProblem[] = [];
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(PREFIX) || names.includes(name) || environment[name] === '') continue;
    if (Object.hasOwn(RENAMED, name)) {
      problems.push(renamed(name, name));
      continue;
    }
    const meant = names.find((known) => known === name.slice(PREFIX.length)) ?? closest(name, names);
    if (meant !== undefined) problems.push(problemOf(name, 'is not a variable of Porthole', meant));
  }
  for (const name of Object.keys(options)) {
    if ((optionNames as readonly string[]).includes(name)) continue;
    if (Object.hasOwn(RENAMED, name)) {
      problems.push(renamed(`option ${name}`, name));
      continue;
    }
    const meant = closest(name, optionNames) ?? closestByPart(name, optionNames);
    if (meant !== undefined) problems.push(problemOf(`option ${name}`, 'is not an option', meant));
  }
  return problems;
}

function renamed(source: string, name: string): ConfigProblem {
  return { source, message: `${source} was renamed and has no effect: use ${RENAMED[name]}` };
}

function problemOf(source: string, what: string, meant: string): ConfigProblem {
  return { source, message: `${source} ${what} and has no effect: did you mean ${meant}?` };
}

/** The same but for case and separators, or a letter or two away, as their length allows. */
function closest(name: string, known: readonly string[]): string | undefined {
  if (name.length > 60) return undefined;
  const own = (text: string): string => (text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text);
  return known.find((candidate) => {
    if (plain(candidate) === plain(name)) return true;
    if (candidate.startsWith(PREFIX) !== name.startsWith(PREFIX)) return false;
    const limit = Math.min(MAX_DISTANCE, Math.floor(own(candidate).length / 4));
    return editDistance(own(candidate), own(name)) <= limit;
  });
}

/**
 * The end of a known name (`port`), or one with a redundant word around it (`serviceVersion`,
 * `serviceName`).
 */
function closestByPart(name: string, known: readonly string[]): string | undefined {
  const own = plain(name);
  if (own.length < MIN_PART_LENGTH) return undefined;
  return (
    known.find((candidate) => own.endsWith(plain(candidate))) ??
    known.find((candidate) => plain(candidate).endsWith(own)) ??
    known.find((candidate) => own === `${plain(candidate)}name`)
  );
}

/** Without the difference between camel case and snake case. */
function plain(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase();
}
