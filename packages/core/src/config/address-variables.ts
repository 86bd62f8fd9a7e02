/** The settings for the addresses of a service: all that a probe needs, and it loads no more. */
import { chooseValue, type Environment } from './choose-value.js';
import type { Config, PortholeOptions } from './config.js';
import { flag, host, portOrOff, text } from './parse-value.js';
import { processEnvironment } from './process-environment.js';
import type { Variables } from './resolve-settings.js';
import type { Variable } from './variable.js';

/** The addresses of a service. */
export type Addresses = Pick<Config, 'adminPort' | 'adminHost' | 'directory' | 'control'>;

export const addressVariables: Variables<keyof Addresses> = {
  adminPort: { names: ['PORTHOLE_ADMIN_PORT'], option: 'adminPort', type: portOrOff, defaultValue: 9464 },
  adminHost: { names: ['PORTHOLE_ADMIN_HOST'], option: 'adminHost', type: host, defaultValue: '' },
  directory: { names: ['PORTHOLE_DIR'], option: 'directory', type: text, defaultValue: '' },
  control: { names: ['PORTHOLE_CONTROL'], option: 'control', type: flag, defaultValue: true },
};

/**
 * The addresses of a service with the environment of this process, unless `environment` is given, and `options`. Never
 * throws.
 */
export function loadAddresses(
  options: PortholeOptions = {},
  environment: Environment = processEnvironment(),
): Addresses {
  const settings = Object.entries(addressVariables).map(([key, variable]) => [
    key,
    chooseValue(variable as Variable<unknown>, environment, options).value,
  ]);
  return Object.fromEntries(settings) as Addresses;
}
