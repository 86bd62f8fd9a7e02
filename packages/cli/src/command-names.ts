/** The names of the sub-commands, apart from their code: reading the arguments must load nothing else. */
export const COMMAND_NAMES = [
  'healthcheck',
  'status',
  'health',
  'metrics',
  'log-level',
  'config',
  'version',
  'help',
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];
