/** Tests against a server that may not be installed. */
import { expect, test } from 'vitest';

/** Says that no test against `server` runs; fails where `PORTHOLE_REQUIRE_SERVERS=1` asks for it. */
export function skipWithoutServer(server: string): void {
  test(`${server} is not installed: no test against it runs`, ({ skip }) => {
    if (process.env.PORTHOLE_REQUIRE_SERVERS === '1') expect.fail(`PORTHOLE_REQUIRE_SERVERS=1 asks for ${server}`);
    skip(`${server} is not installed`);
  });
}
