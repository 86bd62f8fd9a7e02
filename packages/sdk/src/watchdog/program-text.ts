/**
 * The program of the watchdog (`program.ts`) in one text, from which a thread can be started in every form of bundle.
 */

/** Put in by the build: see tsup.config.ts. */
declare const PORTHOLE_WATCHDOG_PROGRAM: string;

export const PROGRAM: string = PORTHOLE_WATCHDOG_PROGRAM;
