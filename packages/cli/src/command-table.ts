/** What each sub-command takes and is for; what it does is loaded when it is called. */
import { LOG_LEVELS } from '@porthole/core/internal';
import { HEALTHCHECK_FLAGS, PROBE_NAMES } from '@porthole/healthcheck/internal';
import type { Command } from './command.js';
import type { CommandName } from './command-names.js';

const JSON_FLAG = { json: true } as const;

const SHOWING: Readonly<Record<Exclude<CommandName, 'help'>, Command>> = {
  healthcheck: {
    summary: 'Asks whether the app is well, for HEALTHCHECK and exec probes: exits with 0 or 1 and nothing else.',
    flags: HEALTHCHECK_FLAGS,
    words: PROBE_NAMES,
    load: async () => (await import('@porthole/healthcheck/internal')).runHealthcheck,
  },
  status: {
    summary: 'Shows what the process is, how long it runs, and how much memory and time it uses.',
    flags: JSON_FLAG,
    load: async () => (await import('./commands/status.js')).status,
  },
  health: {
    summary: 'Shows every health check of a probe, with the reasons of those that fail.',
    flags: JSON_FLAG,
    words: PROBE_NAMES,
    load: async () => (await import('./commands/health.js')).health,
  },
  metrics: {
    summary: "Prints the metrics in Prometheus' text format.",
    load: async () => (await import('./commands/metrics.js')).metrics,
  },
  'log-level': {
    summary: 'Shows the log level of the running app, or sets it until the app ends.',
    words: LOG_LEVELS,
    wordName: 'LEVEL',
    load: async () => (await import('./commands/log-level.js')).logLevel,
  },
  config: {
    summary:
      'Prints every setting that would be in effect here and where it comes from; --check exits with 78 if one is bad.',
    flags: { check: true, ...JSON_FLAG },
    load: async () => (await import('./commands/config.js')).config,
  },
  version: {
    summary: 'Prints the versions of the service, of Porthole and of Node.js.',
    flags: JSON_FLAG,
    load: async () => (await import('./commands/version.js')).version,
  },
};

export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  ...SHOWING,
  help: {
    summary: 'Lists the commands, or says what one of them takes.',
    words: [...Object.keys(SHOWING), 'help'],
    wordName: 'COMMAND',
    load: async () => (await import('./commands/help.js')).createHelp(COMMANDS),
  },
};
