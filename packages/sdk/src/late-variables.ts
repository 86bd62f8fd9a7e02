/**
 * Variables that come too late: an application that loads `.env` after the start sets variables that are not read any
 * more.
 */
import { processEnvironment, type ResolvedConfig } from '@porthole/core/internal';
import { lookRepeatedly, type RepeatedLook } from './repeated-look.js';

/**
 * Compares the environment with its state at the call, each second for half a minute and at `close()`. `warn` hears
 * once which variables of Porthole have appeared or changed. It keeps no process alive.
 */
export function watchLateVariables(
  settings: ResolvedConfig['settings'],
  warn: (message: string) => void,
): RepeatedLook {
  const names = new Set(settings.map(({ name }) => name));
  const before = { ...processEnvironment() };
  return lookRepeatedly(() => {
    const now = processEnvironment();
    const late = Object.keys(now).filter(
      (name) => isRead(name, names) && now[name] !== '' && now[name] !== before[name],
    );
    if (late.length === 0) return false;
    warn(
      `${late.join(', ')}: set after Porthole read the environment, and without effect; start the service by node --env-file=.env, or load the file before run`,
    );
    return true;
  });
}

/** Of some settings there are several variables, of which the list has the first. */
const OTHERS = /^(?:PORTHOLE_|OTEL_EXPORTER_OTLP_|DD_(?:SERVICE|ENV|VERSION)$)/;

function isRead(name: string, names: ReadonlySet<string>): boolean {
  return names.has(name) || OTHERS.test(name);
}
