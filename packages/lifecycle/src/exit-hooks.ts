/** The steps before the end of the process, phase by phase. */
import { PortholeError } from '@porthole/core';
import { EXIT_PHASES, type ExitHook, type ExitPhase, type OnExit } from '@porthole/core/internal';

/** The codes of the errors that this package throws. */
export type LifecycleErrorCode = 'PORTHOLE_LIFECYCLE_HOOK' | 'PORTHOLE_LIFECYCLE_OPTION';

/** Hears of hooks that do not end well. Must not throw. */
export interface HookListener {
  /** The hook threw or rejected. */
  failed(phase: ExitPhase, name: string, error: unknown): void;
  /** The hook had not ended when its phase was over, and is not waited for any longer. */
  givenUp(phase: ExitPhase, name: string): void;
}

/** The registered hooks. */
export interface ExitHooks {
  readonly onExit: OnExit;
  /** Whether a hook of `phase` is registered and has not begun. */
  has(phase: ExitPhase): boolean;
  /** The hook that is being waited for. */
  readonly current: { readonly phase: ExitPhase; readonly name: string } | undefined;
  /** Runs the hooks of `phase` for at most `budgetMs`; a second call gets the promise of the first. Never rejects. */
  runPhase(phase: ExitPhase, budgetMs: number): Promise<void>;
}

interface Registration {
  readonly name: string;
  readonly hook: ExitHook;
}

export function createExitHooks(listener: HookListener): ExitHooks {
  const registered: Readonly<Record<ExitPhase, Registration[]>> = {
    drain: [],
    dependencies: [],
    telemetry: [],
    logs: [],
  };
  const runs = new Map<ExitPhase, Promise<void>>();
  let current: ExitHooks['current'];

  function onExit(phase: ExitPhase, name: string, hook: ExitHook): () => void {
    if (!EXIT_PHASES.includes(phase))
      throw badHook(`${String(phase)} is not a phase: expected ${EXIT_PHASES.join(', ')}`);
    if (typeof hook !== 'function') throw badHook(hookMistake(name));
    const stack = registered[phase];
    const registration = { name: shown(name), hook };
    stack.push(registration);
    return () => {
      const index = stack.indexOf(registration);
      if (index >= 0) stack.splice(index, 1);
    };
  }

  async function run(phase: ExitPhase, budgetMs: number): Promise<void> {
    const controller = new AbortController();
    // Not unref'd: it has to fire even if a hook waits for something that keeps nothing alive.
    const timer = setTimeout(() => controller.abort(), budgetMs);
    const over = new Promise<void>((resolve) => {
      controller.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (let next = registered[phase].pop(); next !== undefined; next = registered[phase].pop()) {
      const { name, hook } = next;
      current = { phase, name };
      const settled = settle(hook, controller.signal);
      const outcome = await Promise.race([settled, giveUp(over)]);
      if (outcome === 'given up') listener.givenUp(phase, name);
      else if (outcome !== 'ended') listener.failed(phase, name, outcome.error);
    }
    current = undefined;
    clearTimeout(timer);
  }

  return {
    onExit,
    has: (phase) => registered[phase].length > 0,
    get current() {
      return current;
    },
    runPhase: (phase, budgetMs) => {
      const promise = runs.get(phase) ?? run(phase, budgetMs);
      runs.set(phase, promise);
      return promise;
    },
  };
}

async function settle(hook: ExitHook, signal: AbortSignal): Promise<'ended' | { readonly error: unknown }> {
  try {
    await hook(signal);
    return 'ended';
  } catch (error) {
    return { error };
  }
}

/** One turn of the event loop after `over`, so that the hooks that are late are at least begun, and quick ones end. */
async function giveUp(over: Promise<void>): Promise<'given up'> {
  await over;
  await new Promise(setImmediate);
  return 'given up';
}

function hookMistake(name: unknown): string {
  return typeof name === 'function'
    ? `an exit hook has no name: expected a name and then the function, as in ('database', () => pool.end())`
    : `the exit hook ${shown(name)} is not a function`;
}

/** Callers of JavaScript may give anything as a name; not all of that can be made a text of. */
function shown(name: unknown): string {
  try {
    return String(name);
  } catch {
    throw badHook(`an exit hook has no name: expected a text, as in 'database', and not a ${typeof name}`);
  }
}

function badHook(message: string): PortholeError {
  return new PortholeError<LifecycleErrorCode>(message, { code: 'PORTHOLE_LIFECYCLE_HOOK' });
}
