// `npm test`: every test that this machine can run, and at the end a summary of what ran, what was left out and why. The container tests run if a
// Docker Engine answers. Those of Kubernetes run if PORTHOLE_KUBERNETES_LOAD names the command that brings an image to the cluster of kubectl.
// With PORTHOLE_REQUIRE_DOCKER=1 and PORTHOLE_REQUIRE_KUBERNETES=1 leaving them out is a failure.
import { missingNodeLines, otherNodeLines } from './node-lines.mjs';
import { createTestSummary } from './test-summary.mjs';
import { prepare, run, say } from './workspace.mjs';

const { runOrExit, leaveOut, print } = createTestSummary();
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

for (const major of missingNodeLines()) leaveOut(`Node.js ${major}`, 'node scripts/node-lines.mjs has not fetched it');

let isMissing = false;
if (await answers('docker', 'version', '--format', '{{.Server.Version}}')) {
  await runOrExit('npx', ['vitest', 'run', '--project', 'e2e']);
  const reason = await whyNoCluster();
  if (reason !== undefined) leaveOut('the tests in a Kubernetes cluster', reason);
} else {
  leaveOut('the container tests (test/e2e)', 'docker version failed, so no Docker Engine answers');
  isMissing = process.env.PORTHOLE_REQUIRE_DOCKER === '1';
}
print();
if (isMissing) {
  say('PORTHOLE_REQUIRE_DOCKER=1 requires the container tests');
  process.exit(1);
}

/** Why the tests in a cluster did not run, by the same conditions as in test/e2e/kubernetes.test.ts. */
async function whyNoCluster() {
  const { PORTHOLE_REQUIRE_KUBERNETES, PORTHOLE_KUBERNETES_LOAD } = process.env;
  if (PORTHOLE_REQUIRE_KUBERNETES !== '1' && PORTHOLE_KUBERNETES_LOAD === undefined) {
    return 'PORTHOLE_KUBERNETES_LOAD is not set';
  }
  const reached = await answers('kubectl', 'get', 'nodes', '--no-headers');
  return reached ? undefined : 'kubectl reaches no cluster';
}

/** Whether a program is there and succeeds. */
function answers(program, ...args) {
  return run(program, args, { stdio: 'ignore' }).then(
    (code) => code === 0,
    () => false,
  );
}
