/** The manifests in docker/kubernetes, in a real cluster under the restricted Pod Security level. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../architecture/workspace.js';
import { buildExample, docker } from '../harness/docker.js';
import { type Outcome, run } from '../harness/process.js';

const IMAGE = 'porthole/orders:0.1.0';
const NAMESPACE = 'porthole-test';

const cluster = await run('kubectl', ['get', 'nodes', '--no-headers']).catch(
  (): Outcome => ({ code: 1, signal: null, stdout: '', stderr: 'kubectl is not installed' }),
);
const isReachable = cluster.code === 0;
const isRequired = process.env.PORTHOLE_REQUIRE_KUBERNETES === '1';
// The test makes and deletes a namespace: not in whatever cluster kubectl happens to point at.
const isAsked = isRequired || process.env.PORTHOLE_KUBERNETES_LOAD !== undefined;

async function kubectl(...args: string[]): Promise<string> {
  const outcome = await run('kubectl', [`--namespace=${NAMESPACE}`, ...args], { cwd: ROOT });
  if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${outcome.code}: ${outcome.stderr}`);
  return outcome.stdout.trim();
}

test.runIf(isRequired)('a cluster answers, since PORTHOLE_REQUIRE_KUBERNETES=1', () => {
  expect(cluster.stderr).toBe('');
  expect(isReachable).toBe(true);
});

describe.runIf(isReachable && isAsked)(
  'in a Kubernetes cluster (where kubectl reaches one and PORTHOLE_KUBERNETES_LOAD is set)',
  () => {
    beforeAll(async () => {
      await buildExample('bundle', IMAGE);
      await loadImage();
      await run('kubectl', ['delete', 'namespace', NAMESPACE, '--ignore-not-found']);
      await kubectl('create', 'namespace', NAMESPACE);
      await kubectl(
        'label',
        'namespace',
        NAMESPACE,
        'pod-security.kubernetes.io/enforce=restricted',
        'pod-security.kubernetes.io/warn=restricted',
      );
    });

    afterAll(async () => {
      await run('kubectl', ['delete', 'namespace', NAMESPACE, '--wait=false']);
    });

    test('the deployment becomes ready by its exec probes, with no Pod Security warning', async () => {
      const applied = await run(
        'kubectl',
        [`--namespace=${NAMESPACE}`, 'apply', '--filename=docker/kubernetes/orders.yaml'],
        { cwd: ROOT },
      );
      expect(applied).toMatchObject({ code: 0, stderr: '' });
      await kubectl('rollout', 'status', 'deployment/orders', '--timeout=120s');
      const pod = JSON.parse(await kubectl('get', 'pods', '--output=json')).items[0];
      expect(pod.status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 0 });
      expect(pod.spec.containers[0].readinessProbe.exec.command).toContain('healthcheck');
    });

    test('sub-commands work by kubectl exec', async () => {
      const status = await kubectl(
        'exec',
        'deployment/orders',
        '--',
        '/nodejs/bin/node',
        '/app/app.js',
        'status',
        '--json',
      );
      expect(JSON.parse(status)).toMatchObject({ pid: 1 });
    });

    test('the service answers through the cluster', async () => {
      const metrics = await kubectl(
        'get',
        '--raw',
        `/api/v1/namespaces/${NAMESPACE}/services/orders:admin/proxy/metrics`,
      );
      expect(metrics).toContain('target_info');
      const orders = await kubectl('get', '--raw', `/api/v1/namespaces/${NAMESPACE}/services/orders:http/proxy/orders`);
      expect(JSON.parse(orders)).toEqual([]);
    });
  },
);

/** The cluster pulls from no registry: the image goes over as an archive, by whatever this cluster takes it with. */
async function loadImage(): Promise<void> {
  const load = process.env.PORTHOLE_KUBERNETES_LOAD;
  if (load === undefined) return;
  const outcome = await run('bash', ['-c', `${load} ${IMAGE}`]);
  if (outcome.code !== 0) throw new Error(`${load} failed: ${outcome.stderr}`);
  await docker('image', 'inspect', IMAGE);
}
