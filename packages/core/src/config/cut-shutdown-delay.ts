/** A shutdown delay that leaves no time for the shutdown itself. */
import type { Config } from './config.js';
import { formatDuration } from './parse-value.js';
import type { ConfigProblem, ResolvedSettings } from './resolve-settings.js';

/** The delay may take this share of the deadline. */
export const MAX_SHUTDOWN_DELAY_SHARE = 0.75;

/** `resolved` with a delay that fits into the deadline, and a problem that names who set it if it did not. */
export function cutShutdownDelay(resolved: ResolvedSettings<keyof Config>): ResolvedSettings<keyof Config> {
  const { config, settings, problems } = resolved;
  const maxMs = MAX_SHUTDOWN_DELAY_SHARE * config.shutdownDeadlineMs;
  if (config.shutdownDelayMs <= maxMs) return resolved;
  const assigned = (key: keyof Config, name: string): string => {
    const { value = '', source = 'default' } = settings.find((setting) => setting.key === key) ?? {};
    return `${source === 'default' ? name : source}=${value}`;
  };
  const delay = assigned('shutdownDelayMs', 'PORTHOLE_SHUTDOWN_DELAY');
  const deadline = assigned('shutdownDeadlineMs', 'PORTHOLE_SHUTDOWN_DEADLINE');
  const used = formatDuration(maxMs);
  const problem: ConfigProblem = {
    source: settings.find(({ key }) => key === 'shutdownDelayMs')?.source ?? '',
    message: `${delay} leaves no time for the shutdown before ${deadline}: expected at most three quarters of it; using ${used}`,
  };
  return {
    config: { ...config, shutdownDelayMs: maxMs },
    settings: settings.map((setting) => (setting.key === 'shutdownDelayMs' ? { ...setting, value: used } : setting)),
    problems: [...problems, problem],
  };
}
