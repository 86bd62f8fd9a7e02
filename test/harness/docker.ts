/** Containers by the Docker command line: what a user would type, and nothing the Engine does not have. */
import { ROOT } from '../architecture/workspace.js';
import { eventually, type Outcome, run } from './process.js';

/** What every container of the promises runs with: no writable file system, no capability, no root, little memory. */
export const LOCKED_DOWN: readonly string[] = [
  '--read-only',
  '--user=65532',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges:true',
  '--memory=256m',
];

/** Runs `docker` and returns what it printed; throws with its stderr where it failed. */
export async function docker(...args: string[]): Promise<string> {
  const outcome = await dockerOutcome(...args);
  if (outcome.code !== 0) throw new Error(`docker ${args.join(' ')} exited ${outcome.code}: ${outcome.stderr}`);
  return outcome.stdout.trim();
}

/** Runs `docker` and returns how it ended. */
export function dockerOutcome(...args: string[]): Promise<Outcome> {
  return run('docker', args, { cwd: ROOT, env: { DOCKER_BUILDKIT: '1' } });
}

/** Builds the example's image from `target` of the Dockerfile. */
export async function buildExample(target: 'bundle' | 'modules' | 'debug', tag: string): Promise<void> {
  await docker(
    'build',
    '--file=docker/nodejs20-debian12/Dockerfile',
    '--build-arg=APP=examples/fastify-service',
    '--build-arg=VERSION=0.1.0',
    `--target=${target}`,
    `--tag=${tag}`,
    '.',
  );
}

/** A probe of Docker's, and what it printed. */
export interface HealthLogEntry {
  readonly ExitCode: number;
  readonly Output: string;
}

/** A container that a test has started. */
export interface Container {
  readonly id: string;
  /** Its address on Docker's bridge. */
  readonly address: string;
  /** A field of `docker inspect`, by a Go template. */
  inspect(template: string): Promise<string>;
  /** `docker exec` of the app's entry file with a sub-command. */
  command(...args: string[]): Promise<Outcome>;
  /** What it has printed on stdout. */
  logs(): Promise<string>;
  /** Resolves once Docker's own HEALTHCHECK says `status`. */
  untilHealth(status: 'healthy' | 'unhealthy'): Promise<void>;
  /** The last five probes that Docker has made, the newest last. */
  healthLog(): Promise<readonly HealthLogEntry[]>;
  /** What Docker has made of them, from the start on. */
  healthStates(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** Starts a container of `image` in the background. */
export async function startContainer(
  image: string,
  options: readonly string[],
  args: readonly string[] = [],
): Promise<Container> {
  const id = await docker('run', '--detach', ...options, image, ...args);
  const inspect = (template: string): Promise<string> => docker('inspect', `--format=${template}`, id);
  return {
    id,
    address: await inspect('{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'),
    inspect,
    command: (...words) => dockerOutcome('exec', id, '/nodejs/bin/node', '/app/app.js', ...words),
    logs: async () => (await dockerOutcome('logs', id)).stdout,
    untilHealth: async (status) => {
      await eventually(
        `health ${status} of ${image}`,
        async () => {
          const health = await inspect('{{.State.Health.Status}}');
          return health === status ? health : undefined;
        },
        90_000,
      );
    },
    healthLog: async () => JSON.parse(await inspect('{{json .State.Health.Log}}')),
    healthStates: async () => {
      const filters = [`--filter=container=${id}`, '--filter=event=health_status'];
      const since = `--since=${await inspect('{{.Created}}')}`;
      return (await docker('events', since, '--until=0s', ...filters, '--format={{.Action}}')).split('\n');
    },
    remove: async () => {
      await docker('rm', '--force', '--volumes', id);
    },
  };
}
