/** The arguments and the purpose of each sub-command. Its code is loaded when it is called. */
import { LOG_THRESHOLDS } from '@porthole/core/internal';
import { HEALTHCHECK_FLAGS, PROBE_NAMES } from '@porthole/healthcheck/internal';
import type { Command } from './command.js';
import type { CommandName } from './command-names.js';

const JSON_FLAG = { json: true } as const;
const JSON_EXPLAINED = { json: 'Prints JSON.' } as const;
const PROBE_EXPLAINED = { '[word]': 'Which of the three probes is asked; ready by default.' } as const;

const SHOWING: Readonly<Record<Exclude<CommandName, 'help'>, Command>> = {
  healthcheck: {
    summary: 'Asks whether the app is well, for HEALTHCHECK and exec probes: exits with 0 or 1 and nothing else.',
    flags: HEALTHCHECK_FLAGS,
    words: PROBE_NAMES,
    explained: {
      ...PROBE_EXPLAINED,
      timeout: 'How long the answer may take, from 1ms to 60s; 800ms by default.',
      'blocked-for': 'How long a blocked event loop still counts as live, from 1ms to 60s; 10s by default.',
      url: 'Asks this server, which need not be of Porthole; a status from 200 to 399 is healthy.',
      'allow-remote': 'Lets --url be on another machine.',
      verbose: 'Prints every check, and why each probe is slow.',
    },
    load: async () => (await import('@porthole/healthcheck/internal')).runHealthcheck,
  },
  status: {
    summary: 'Shows the process, its uptime, and the memory and time that it uses.',
    flags: JSON_FLAG,
    explained: JSON_EXPLAINED,
    load: async () => (await import('./commands/status.js')).status,
  },
  health: {
    summary: 'Shows every health check of a probe, with the reasons of those that fail.',
    flags: JSON_FLAG,
    explained: { ...PROBE_EXPLAINED, ...JSON_EXPLAINED },
    words: PROBE_NAMES,
    load: async () => (await import('./commands/health.js')).health,
  },
  metrics: {
    summary: "Prints the metrics in Prometheus' text format.",
    load: async () => (await import('./commands/metrics.js')).metrics,
  },
  'log-level': {
    summary: 'Shows the log level of the running app, or sets it until the app ends.',
    words: LOG_THRESHOLDS,
    wordName: 'LEVEL',
    explained: { '[word]': `The level to set: ${LOG_THRESHOLDS.join(', ')}.` },
    load: async () => (await import('./commands/log-level.js')).logLevel,
  },
  config: {
    summary: 'Prints every setting that would be in effect here, and its source.',
    flags: { check: true, ...JSON_FLAG },
    explained: { check: 'Prints the verdict alone, and exits with 78 if a setting is bad.', ...JSON_EXPLAINED },
    load: async () => (await import('./commands/config.js')).config,
  },
  version: {
    summary: 'Prints the versions of the service, of Porthole and of Node.js.',
    flags: JSON_FLAG,
    explained: JSON_EXPLAINED,
    load: async () => (await import('./commands/version.js')).version,
  },
};

export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  ...SHOWING,
  help: {
    summary: 'Lists the commands, or explains one of them.',
    words: [...Object.keys(SHOWING), 'help'],
    wordName: 'COMMAND',
    load: async () => (await import('./commands/help.js')).createHelp(COMMANDS),
  },
};
