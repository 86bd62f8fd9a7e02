/** Mistakes in a call of `run`. */
import { COMMAND_NAMES } from './command-names.js';

/** The first mistake in `options`, as one sentence. Callers in JavaScript have no compiler that finds it. */
export function validateRunOptions(options: unknown): string | undefined {
  if (typeof options !== 'object' || options === null)
    return "run takes options: run({ main: () => import('./server.js') })";
  const { main, mode = 'service', appCommands, commands = 'all' } = options as Readonly<Record<string, unknown>>;
  if (typeof main !== 'function') {
    return `run: main is ${kindOf(main)}: expected a function that starts the application, such as () => import('./server.js')`;
  }
  if (mode !== 'service' && mode !== 'job') return `run: mode is ${kindOf(mode)}: expected "service" or "job"`;
  if (appCommands !== undefined && !Array.isArray(appCommands)) {
    return `run: appCommands is ${kindOf(appCommands)}: expected a list of words, such as ['migrate']`;
  }
  if (commands === 'all' || commands === 'namespaced') return undefined;
  const names: readonly unknown[] = Array.isArray(commands) ? commands : [commands];
  const unknown = names.find((name) => !(COMMAND_NAMES as readonly unknown[]).includes(name));
  if (unknown === undefined && Array.isArray(commands)) return undefined;
  return `run: commands is ${kindOf(unknown ?? commands)}: expected "all", "namespaced", or a list of ${COMMAND_NAMES.join(', ')}`;
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object' && 'then' in value) return 'a promise';
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}
