/** The program of a server of test/servers, or undefined where it has not been built (`node scripts/test-servers.mjs`). */
export function findTestServer(name: 'kafka' | 'mongodb'): string | undefined;
