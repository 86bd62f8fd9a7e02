/** The port through which parts take their place in an orderly shutdown. */

/**
 * The phases of a shutdown, in order: stop taking work in, let work finish, close its resources, export the last traces
 * and metrics, and write the last log lines.
 */
export const EXIT_PHASES = ['drain', 'dependencies', 'telemetry', 'logs'] as const;

export type ExitPhase = (typeof EXIT_PHASES)[number];

/** Runs in its phase; a promise that it returns is waited for. `signal` aborts when the phase has to end. */
export type ExitHook = (signal: AbortSignal) => unknown;

/**
 * Registers `hook` and returns a function that removes it. Within a phase the last to be registered is the first to
 * run.
 */
export type OnExit = (phase: ExitPhase, name: string, hook: ExitHook) => () => void;

/** Registers nothing. */
export const noExit: OnExit = () => () => {};
