/** The whole configuration of a service. */

import type { Environment } from './choose-value.js';
import type { Config, PortholeOptions } from './config.js';
import { cutShutdownDelay } from './cut-shutdown-delay.js';
import { ineffectiveSettings } from './ineffective-settings.js';
import { mistypedNames } from './mistyped-names.js';
import { processEnvironment } from './process-environment.js';
import { type ResolvedSettings, resolveSettings } from './resolve-settings.js';
import { variables } from './variables.js';

/** Every setting, and the account of `resolveSettings`. */
export type ResolvedConfig = ResolvedSettings<keyof Config>;

/** Resolves every setting from `environment` and `options`. Never throws. */
export function resolveConfig(environment: Environment, options: PortholeOptions): ResolvedConfig {
  const resolved = cutShutdownDelay(resolveSettings(variables, environment, options));
  const problems = [
    ...resolved.problems,
    ...mistypedNames(environment, options, variables),
    ...ineffectiveSettings(resolved, environment),
  ];
  return { ...resolved, problems };
}

/** Resolves every setting from the process's own environment. Never throws. */
export function loadConfig(options: PortholeOptions = {}): ResolvedConfig {
  return resolveConfig(processEnvironment(), options);
}
