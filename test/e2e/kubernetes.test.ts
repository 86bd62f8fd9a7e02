/** The manifests in docker/kubernetes, in a real cluster under the restricted Pod Security level. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExample } from '../harness/docker.js';
import {
  createNamespace,
  IS_REQUIRED,
  IS_USABLE,
  loadImage,
  type Namespace,
  UNREACHABLE,
} from '../harness/kubernetes.js';

const IMAGE = 'porthole/orders:0.1.0';
const NAMESPACE = 'porthole-test';

test.runIf(IS_REQUIRED)('a cluster answers, since PORTHOLE_REQUIRE_KUBERNETES=1', () => expect(UNREACHABLE).toBe(''));

describe.runIf(IS_USABLE)(
  'in a Kubernetes cluster (where kubectl reaches one and PORTHOLE_KUBERNETES_LOAD is set)',
  () => {
    let namespace: Namespace;
    const kubectl = (...args: string[]): Promise<string> => namespace.kubectl(...args);

    beforeAll(async () => {
      await buildExample('bundle', IMAGE);
      await loadImage(IMAGE);
      namespace = await createNamespace(NAMESPACE);
    });

    afterAll(() => namespace?.delete());

    test('the deployment becomes ready by its exec probes, with no Pod Security warning', async () => {
      const applied = await namespace.kubectlOutcome('apply', '--filename=docker/kubernetes/orders.yaml');
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
