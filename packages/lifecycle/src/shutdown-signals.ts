/** The signals that ask a process to end. */
import { ownListener } from './own-listener.js';

/** Their numbers are the same on every system that POSIX describes. */
const NUMBERS = { SIGTERM: 15, SIGINT: 2, SIGHUP: 1 } as const;

export type ShutdownSignal = keyof typeof NUMBERS;

export const SHUTDOWN_SIGNALS = Object.keys(NUMBERS) as readonly ShutdownSignal[];

/** The exit code that a shell reports for a process that the signal has ended: 128 plus its number. */
export function exitCodeOf(signal: ShutdownSignal): number {
  return 128 + NUMBERS[signal];
}

/** Keeps SIGUSR1 from opening the inspector on port 9229, which Node.js does without a listener. */
export function ignoreSigusr1(): () => void {
  const ignore = ownListener((): void => {});
  process.on('SIGUSR1', ignore);
  return () => process.off('SIGUSR1', ignore);
}
