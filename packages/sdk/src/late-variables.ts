/** Variables that come too late: an application that loads `.env` after the start sets what nobody reads any more. */
import { processEnvironment, type ResolvedConfig } from '@porthole/core/internal';

/** A service whose modules take longer than this to load is looked at once more at its end. */
const LOOKS = 30;
const LOOK_INTERVAL_MS = 1000;

/** What looks for variables until it has found some. */
export interface LateVariables {
  /** Looks a last time. */
  close(): void;
}

/**
 * Compares the environment with what it was at the call, each second for half a minute and at `close()`. `warn` hears once which variables
 * of Porthole have appeared or changed. It keeps no process alive.
 */
export function watchLateVariables(
  settings: ResolvedConfig['settings'],
  warn: (message: string) => void,
): LateVariables {
  const names = new Set(settings.map(({ name }) => name));
  const before = { ...processEnvironment() };
  let looks = 0;
  const timer = setInterval(look, LOOK_INTERVAL_MS).unref();

  function look(): void {
    const now = processEnvironment();
    const late = Object.keys(now).filter(
      (name) => isRead(name, names) && now[name] !== '' && now[name] !== before[name],
    );
    if (++looks >= LOOKS || late.length > 0) clearInterval(timer);
    if (late.length === 0) return;
    looks = Number.POSITIVE_INFINITY;
    warn(
      `${late.join(', ')}: set after Porthole read the environment, and without effect; start the service by node --env-file=.env, or load the file before run`,
    );
  }

  return {
    close() {
      clearInterval(timer);
      if (looks !== Number.POSITIVE_INFINITY) look();
    },
  };
}

/** Of some settings there are several variables, of which the list has the first. */
const OTHERS = /^(?:PORTHOLE_|OTEL_EXPORTER_OTLP_|DD_(?:SERVICE|ENV|VERSION)$)/;

function isRead(name: string, names: ReadonlySet<string>): boolean {
  return names.has(name) || OTHERS.test(name);
}
