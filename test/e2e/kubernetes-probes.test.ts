/** What the kubelet makes of the probes, in a real cluster. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExample } from '../harness/docker.js';
import { createNamespace, IS_USABLE, loadImage, type Namespace } from '../harness/kubernetes.js';
import { eventually } from '../harness/process.js';

const IMAGE = 'porthole-test/orders:modules';
const NAMESPACE = 'porthole-test-probes';

/**
 * A service that does what it is told to: `/die`, `/block/MILLISECONDS`; it counts how often it is asked for its life
 * while it drains.
 */
const PROGRAM = `
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@porthole/sdk/run';

run({ service: 'probed', main: async () => {
  const { porthole } = await import('@porthole/sdk');
  const { health, onShutdown } = porthole();
  const startsAt = Date.now() + Number(process.env.START_MS ?? 0);
  let alive = true;
  let draining = false;
  let asked = 0;
  process.once('SIGTERM', () => { draining = true; });
  health.startup('warm-up', () => {
    if (Date.now() < startsAt) throw new Error('still warming up');
  });
  health.liveness('worker', () => {
    if (draining) asked++;
    if (!alive || Date.now() < startsAt) throw new Error('the worker has died');
  }, { cacheMs: 0 });
  const server = createServer((request, response) => {
    response.end('ok');
    const [, task, ms] = request.url.split('/');
    if (task === 'die') alive = false;
    const blockedUntil = Date.now() + Number(ms);
    if (task === 'block') setTimeout(() => { while (Date.now() < blockedUntil); }, 50);
  }).listen(3000);
  onShutdown('http', () => {
    console.log('asked ' + asked + ' times while draining');
    server.close();
  });
} });
`;

const PROBES = {
  'the sub-command': (name: string) =>
    exec('/nodejs/bin/node', '/app/probed.mjs', 'healthcheck', name, ...patience(name)),
  'the static probe': (name: string) =>
    exec('/app/node_modules/@porthole/healthcheck/static/linux-amd64/healthcheck', name, ...patience(name)),
  httpGet: (name: string) => ({
    httpGet: { path: { startup: '/startupz', live: '/livez', ready: '/readyz' }[name], port: 9464 },
  }),
} as const;

type Way = keyof typeof PROBES;

const exec = (...command: string[]): object => ({ exec: { command } });
const patience = (name: string): string[] => (name === 'live' ? ['--blocked-for', '4s'] : []);

/**
 * A pod whose probes come once a second; one that fails is believed at once. For its readiness it has the kubelet's own
 * time-out of one second.
 */
function pod(name: string, way: Way, env: Readonly<Record<string, string>> = {}): object {
  const often = { periodSeconds: 1, failureThreshold: 1 };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      // One whose event loop is blocked does not end before it is over.
      terminationGracePeriodSeconds: 'PORTHOLE_SHUTDOWN_DEADLINE' in env ? 30 : 2,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'probed',
          image: IMAGE,
          imagePullPolicy: 'IfNotPresent',
          args: ['/app/probed.mjs'],
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          startupProbe: { ...PROBES[way]('startup'), ...often, timeoutSeconds: 3, failureThreshold: 60 },
          livenessProbe: { ...PROBES[way]('live'), ...often, timeoutSeconds: 3 },
          readinessProbe: { ...PROBES[way]('ready'), ...often },
          resources: { limits: { memory: '256Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'program', mountPath: '/app/probed.mjs', subPath: 'probed.mjs' }],
        },
      ],
      volumes: [{ name: 'program', configMap: { name: 'program' } }],
    },
  };
}

const service = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 3000 }] },
});

interface ContainerStatus {
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly lastState: { readonly terminated?: { readonly exitCode: number } };
}

describe.runIf(IS_USABLE)('the kubelet (where kubectl reaches one and PORTHOLE_KUBERNETES_LOAD is set)', () => {
  let namespace: Namespace;

  beforeAll(async () => {
    await buildExample('modules', IMAGE);
    await loadImage(IMAGE);
    namespace = await createNamespace(NAMESPACE);
    await namespace.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'program' },
      data: { 'probed.mjs': PROGRAM },
    });
  });

  afterAll(() => namespace?.delete());

  /** `undefined` where there is no such pod any more. */
  async function statusOf(name: string): Promise<ContainerStatus | undefined> {
    const { code, stdout } = await namespace.kubectlOutcome('get', 'pod', name, '--output=json');
    return code === 0 ? JSON.parse(stdout).status.containerStatuses?.[0] : undefined;
  }

  function until(name: string, what: string, matches: (status: ContainerStatus) => boolean): Promise<ContainerStatus> {
    return eventually(
      `${name}: ${what}`,
      async () => {
        const status = await statusOf(name);
        return status !== undefined && matches(status) ? status : undefined;
      },
      90_000,
    );
  }

  async function eventsOf(name: string): Promise<string> {
    const { items } = JSON.parse(
      await namespace.kubectl('get', 'events', `--field-selector=involvedObject.name=${name}`, '--output=json'),
    ) as { items: { message: string }[] };
    return items.map(({ message }) => message).join('\n');
  }

  /** Events come a while after what they tell of. */
  const eventLike = (name: string, pattern: RegExp): Promise<RegExpExecArray> =>
    eventually(`${name}: ${pattern}`, async () => pattern.exec(await eventsOf(name)) ?? undefined);

  /** Whether the service sends requests to its one pod. */
  async function takesTraffic(name: string): Promise<boolean> {
    const selector = `--selector=kubernetes.io/service-name=${name}`;
    const { items } = JSON.parse(await namespace.kubectl('get', 'endpointslices', selector, '--output=json')) as {
      items: { endpoints: { conditions: { ready: boolean } }[] | null }[];
    };
    return items.some(({ endpoints }) => endpoints?.some(({ conditions }) => conditions.ready));
  }

  /**
   * Asks the pod through the API server, which speaks to it whether it is ready or not; the status where it is not 200.
   */
  async function ask(name: string, port: number, path: string): Promise<string> {
    const { code, stdout, stderr } = await namespace.kubectlOutcome(
      'get',
      '--raw',
      `/api/v1/namespaces/${NAMESPACE}/pods/${name}:${port}/proxy${path}`,
    );
    return code === 0 ? stdout.trim() : stderr;
  }

  describe.each(Object.keys(PROBES).map((way, i) => [way as Way, `pod-${i}`] as const))('by %s', (way, name) => {
    test('waits for the startup, sees it become ready, and restarts it when a liveness check fails', async () => {
      // Liveness fails as long as it warms up, and would end it at once.
      await namespace.apply(pod(name, way, { START_MS: '4000' }));
      expect(await until(name, 'ready', ({ ready }) => ready)).toMatchObject({ started: true, restartCount: 0 });
      await eventLike(name, way === 'httpGet' ? /Startup probe failed: .*503/ : /still warming up/);

      expect(await ask(name, 3000, '/die')).toBe('ok');
      await until(name, 'restarted', ({ restartCount }) => restartCount === 1);
      await eventLike(
        name,
        way === 'httpGet'
          ? /Liveness probe failed: HTTP probe failed with statuscode: 503/
          : /Liveness probe failed: not live: worker failed \(the worker has died\)/,
      );
      expect(await until(name, 'ready again', ({ ready }) => ready)).toMatchObject({ restartCount: 1 });
    });
  });

  test.each<[Way, string]>([
    ['the sub-command', 'busy-0'],
    ['the static probe', 'busy-1'],
  ])(
    'by %s leaves one alone that is busy for a while, and restarts one that is blocked for too long',
    async (way, name) => {
      await namespace.apply(pod(name, way));
      await until(name, 'ready', ({ ready }) => ready);

      await ask(name, 3000, '/block/3000');
      await until(name, 'not ready', ({ ready }) => !ready);
      await eventLike(name, /Readiness probe failed: not ready: .*event loop (blocked for|turned) \d/);
      expect(await until(name, 'ready again', ({ ready }) => ready)).toMatchObject({ restartCount: 0 });

      await ask(name, 3000, '/block/120000');
      await until(name, 'restarted', ({ restartCount }) => restartCount === 1);
      const failure = await eventLike(
        name,
        /Liveness probe failed: not live: event loop blocked for (\d+\.\d) s \(pid 1 is /,
      );
      expect(Number(failure[1])).toBeGreaterThanOrEqual(4);
    },
  );

  test('by httpGet restarts one that is blocked, since nothing answers', async () => {
    await namespace.apply(pod('unanswered', 'httpGet'));
    await until('unanswered', 'ready', ({ ready }) => ready);
    await ask('unanswered', 3000, '/block/120000');
    await until('unanswered', 'restarted', ({ restartCount }) => restartCount === 1);
    await eventLike('unanswered', /Liveness probe failed: Get .*(deadline exceeded|Client\.Timeout)/);
  });

  test('by httpGet leaves one alone that has a watchdog and is blocked for a while', async () => {
    await namespace.apply(pod('with-watchdog', 'httpGet', { PORTHOLE_WATCHDOG: 'on' }));
    await until('with-watchdog', 'ready', ({ ready }) => ready);
    // Without the watchdog it would be restarted after three of them.
    await ask('with-watchdog', 3000, '/block/7000');
    await until('with-watchdog', 'not ready', ({ ready }) => !ready);
    await eventLike('with-watchdog', /Readiness probe failed: HTTP probe failed with statuscode: 503/);
    expect(await until('with-watchdog', 'ready again', ({ ready }) => ready)).toMatchObject({ restartCount: 0 });
    expect(await eventsOf('with-watchdog')).not.toContain('Liveness probe failed');
    expect(await namespace.kubectl('logs', 'with-watchdog')).toMatch(/"event loop blocked for .*probed\.mjs:\d+:\d+/);
  });

  test.each(Object.keys(PROBES).map((way, i) => [way as Way, `ending-${i}`] as const))(
    'by %s takes one out that is ending, and does not restart it while it drains',
    async (way, name) => {
      const env = { PORTHOLE_SHUTDOWN_DELAY: '8s', PORTHOLE_SHUTDOWN_DEADLINE: '20s' };
      await namespace.apply(pod(name, way, env), service(name));
      await until(name, 'ready', ({ ready }) => ready);
      await eventually('traffic', async () => (await takesTraffic(name)) || undefined);

      // By a signal and not by its deletion: of a pod that is deleted the kubelet no longer asks whether it lives.
      await namespace.kubectl('exec', name, '--', '/nodejs/bin/node', '--eval', "process.kill(1, 'SIGTERM')");
      expect(await until(name, 'not ready', ({ ready }) => !ready)).toMatchObject({ restartCount: 0 });
      await eventually('no traffic', async () => !(await takesTraffic(name)) || undefined);

      const { lastState } = await until(name, 'ended by itself', ({ restartCount }) => restartCount === 1);
      expect(lastState.terminated?.exitCode).toBe(0);
      const asked = /asked (\d+) times while draining/.exec(await namespace.kubectl('logs', name, '--previous'));
      expect(Number(asked?.[1])).toBeGreaterThan(2);
      await eventLike(name, /Readiness probe failed/);
      // What is gone answers nobody, and the kubelet may ask once more before it sees that.
      expect(await eventsOf(name)).not.toMatch(/Liveness probe failed: (not live|HTTP)/);
    },
  );
});
