// `npm test`: every test that this machine can run. The container tests run where a Docker Engine answers;
// PORTHOLE_REQUIRE_DOCKER=1 makes an engine that does not answer a failure.
import { prepare, run, runOrExit, say } from './workspace.mjs';

await prepare();
await runOrExit('npm', ['run', '--silent', 'check']);
await runOrExit('npx', ['vitest', 'run', '--project', 'unit', '--project', 'architecture', '--project', 'integration']);

const engine =
  (await run('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' }).catch(() => 1)) === 0;
if (engine) {
  await runOrExit('npx', ['vitest', 'run', '--project', 'e2e']);
  say('all tests passed, the container tests among them');
} else if (process.env.PORTHOLE_REQUIRE_DOCKER === '1') {
  say('no Docker Engine answers (docker version failed), and PORTHOLE_REQUIRE_DOCKER=1 asks for the container tests');
  process.exit(1);
} else {
  say('all tests passed; the container tests (test/e2e) did not run, since no Docker Engine answers');
}
