// `npm test`: every test that this machine can run. The container tests run where a Docker Engine answers, those of Kubernetes
// where PORTHOLE_KUBERNETES_LOAD names the command that brings an image to the cluster of kubectl; PORTHOLE_REQUIRE_DOCKER=1 and PORTHOLE_REQUIRE_KUBERNETES=1 make it a failure where they
// do not.
import { otherNodeLines } from './node-lines.mjs';
import { prepare, run, runOrExit, say } from './workspace.mjs';

await prepare();
await runOrExit('npm', ['run', '--silent', 'check']);
await runOrExit('npx', ['vitest', 'run', '--project', 'unit', '--project', 'architecture', '--project', 'integration']);

for (const { major, program } of otherNodeLines()) {
  // What depends on Node's own channels and listeners.
  say(`Node.js ${major}: http, fastify, clients, lifecycle, ends of a process`);
  const projects = ['http', 'fastify', 'clients', 'lifecycle', 'sdk/src/process-ends'].map(
    (name) => `packages/${name}`,
  );
  await runOrExit(program, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', ...projects]);
}

if (await answers('docker', 'version', '--format', '{{.Server.Version}}')) {
  await runOrExit('npx', ['vitest', 'run', '--project', 'e2e']);
  say(`all tests passed, the container tests among them, ${await clusterTests()}`);
} else if (process.env.PORTHOLE_REQUIRE_DOCKER === '1') {
  say('no Docker Engine answers (docker version failed), and PORTHOLE_REQUIRE_DOCKER=1 asks for the container tests');
  process.exit(1);
} else {
  say('all tests passed; the container tests (test/e2e) did not run, since no Docker Engine answers');
}

/** Whether the tests in a cluster ran, by the same conditions as in test/e2e/kubernetes.test.ts. */
async function clusterTests() {
  const { PORTHOLE_REQUIRE_KUBERNETES, PORTHOLE_KUBERNETES_LOAD } = process.env;
  if (PORTHOLE_REQUIRE_KUBERNETES !== '1' && PORTHOLE_KUBERNETES_LOAD === undefined) {
    return 'but not those in a Kubernetes cluster, which run where PORTHOLE_KUBERNETES_LOAD is set';
  }
  const reached = await answers('kubectl', 'get', 'nodes', '--no-headers');
  return reached
    ? 'and those in the Kubernetes cluster'
    : 'but not those in a Kubernetes cluster: kubectl reaches none';
}

/** Whether a program is there and succeeds. */
function answers(program, ...args) {
  return run(program, args, { stdio: 'ignore' }).then(
    (code) => code === 0,
    () => false,
  );
}
