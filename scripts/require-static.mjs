// Run by `npm pack` and `npm publish` of @porthole/healthcheck: a tarball without the static programs would look complete.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './workspace.mjs';

const missing = ['linux-amd64', 'linux-arm64']
  .map((platform) => join('packages/healthcheck/static', platform, 'healthcheck'))
  .filter((program) => !existsSync(join(root, program)));
if (missing.length > 0) {
  say(
    `${missing.join(' and ')} missing: npm run build:static makes them (Debian: musl-tools, gcc-aarch64-linux-gnu); not packed`,
  );
  process.exit(1);
}
