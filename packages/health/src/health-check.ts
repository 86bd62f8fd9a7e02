/** A check and how it is run. */
import { PortholeError } from '@porthole/core';
import { badOption, milliseconds, type OptionErrorCode, show, wholeNumber } from './option-value.js';

/** The argument of a check. */
export interface CheckContext {
  /** Aborts when the check's time is up, or when it is unregistered. */
  readonly signal: AbortSignal;
}

/** Passes unless it throws, rejects or returns (or resolves to) `false`. Its error becomes the reason. */
export type HealthCheck = (context: CheckContext) => unknown;

/** How one check is run. */
export interface CheckOptions {
  /**
   * After this time the check counts as failed; 1 to 60000. Kubernetes waits for a whole probe for 1000. @defaultValue
   * 500
   */
  readonly timeoutMs?: number | undefined;
  /** How long a result is used again, good or bad; 0 to 3600000. @defaultValue 1000 */
  readonly cacheMs?: number | undefined;
  /** Whether the probe fails when this check fails. @defaultValue true */
  readonly critical?: boolean | undefined;
  /**
   * How many times in a row a check that has passed must fail until it counts as failing; 1 to 100. Its first run
   * counts at once.
   * @defaultValue 1
   */
  readonly failureThreshold?: number | undefined;
  /** How many times in a row a check that fails must pass until it counts as passing; 1 to 100. @defaultValue 1 */
  readonly successThreshold?: number | undefined;
  /** Names under which several checks are asked together: `/readyz/databases`. @defaultValue none */
  readonly groups?: readonly string[] | undefined;
  /**
   * Runs the check by itself, in this distance, 100 to 3600000, with or without a probe. A probe gets the latest
   * result, which counts for two such distances. @defaultValue it runs when a probe asks
   */
  readonly everyMs?: number | undefined;
}

/** The options with their defaults. */
export type ResolvedCheckOptions = {
  readonly [Option in Exclude<keyof CheckOptions, 'everyMs'>]-?: NonNullable<CheckOptions[Option]>;
} & { readonly everyMs: number | undefined };

/** The codes of the errors that this package throws. */
export type HealthErrorCode = 'PORTHOLE_HEALTH_CHECK_NAME' | 'PORTHOLE_HEALTH_CHECK_DUPLICATE' | OptionErrorCode;

const MAX_TIMEOUT_MS = 60_000;
const MAX_CACHE_MS = 3_600_000;
const MIN_EVERY_MS = 100;
const MAX_THRESHOLD = 100;

const OPTIONS: readonly string[] = [
  'timeoutMs',
  'cacheMs',
  'critical',
  'failureThreshold',
  'successThreshold',
  'groups',
  'everyMs',
] satisfies (keyof CheckOptions)[];

/**
 * Fills in the defaults.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_OPTION` if a value is not allowed.
 */
export function resolveCheckOptions(options: CheckOptions = {}): ResolvedCheckOptions {
  try {
    return resolve(options);
  } catch (error) {
    if (error instanceof PortholeError) throw error;
    throw badOption('options', '(an object that cannot be read)', 'an object such as { timeoutMs: 500 }');
  }
}

function resolve(options: CheckOptions): ResolvedCheckOptions {
  if (typeof options !== 'object' || options === null)
    throw badOption('options', show(options), 'an object such as { timeoutMs: 500 }');
  const unknown = Object.keys(options).find(
    (option) => !OPTIONS.includes(option) && (options as Readonly<Record<string, unknown>>)[option] !== undefined,
  );
  if (unknown !== undefined) throw badOption('options', show(unknown), `no others than ${OPTIONS.join(', ')}`);
  const { critical = true, groups = [], everyMs } = options;
  if (typeof critical !== 'boolean') throw badOption('critical', show(critical), 'true or false');
  if (!Array.isArray(groups)) throw badOption('groups', show(groups), 'a list of names');
  return {
    timeoutMs: milliseconds('timeoutMs', options.timeoutMs ?? 500, 1, MAX_TIMEOUT_MS),
    cacheMs: milliseconds('cacheMs', options.cacheMs ?? 1000, 0, MAX_CACHE_MS),
    critical,
    failureThreshold: wholeNumber('failureThreshold', options.failureThreshold ?? 1, 1, MAX_THRESHOLD),
    successThreshold: wholeNumber('successThreshold', options.successThreshold ?? 1, 1, MAX_THRESHOLD),
    groups: groups.map(checkName),
    everyMs: everyMs === undefined ? undefined : milliseconds('everyMs', everyMs, MIN_EVERY_MS, MAX_CACHE_MS),
  };
}

/**
 * Returns `name` if it can stand in a URL's path, a label and a line of a report.
 * @throws PortholeError `PORTHOLE_HEALTH_CHECK_NAME` if it cannot.
 */
export function checkName(name: string): string {
  if (typeof name === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(name)) return name;
  throw new PortholeError<HealthErrorCode>(
    `${show(name)} cannot name a health check: expected 1 to 64 letters, digits, "_", "." or "-"`,
    { code: 'PORTHOLE_HEALTH_CHECK_NAME' },
  );
}
