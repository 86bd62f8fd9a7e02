/** Tests against a server that may not be installed. */
import { expect, test } from 'vitest';

/** Reports that no test against `server` runs. Fails if `PORTHOLE_REQUIRE_SERVERS=1` is set. */
export function skipWithoutServer(server: string): void {
  test(`${server} is not installed: no test against it runs`, ({ skip }) => {
    if (process.env.PORTHOLE_REQUIRE_SERVERS === '1') expect.fail(`PORTHOLE_REQUIRE_SERVERS=1 asks for ${server}`);
    skip(`${server} is not installed`);
  });
}
