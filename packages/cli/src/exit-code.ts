/** The exit codes. Numbers above 1 are those of sysexits.h. */
export const EXIT_CODE = { done: 0, failed: 1, usage: 64, noApp: 69, software: 70, config: 78 } as const;
