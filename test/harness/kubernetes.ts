/** The cluster that kubectl reaches, by kubectl: what a user would type. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../architecture/workspace.js';
import { docker } from './docker.js';
import { type Outcome, run } from './process.js';

const cluster = await run('kubectl', ['get', 'nodes', '--no-headers']).catch(
  (): Outcome => ({ code: 1, signal: null, stdout: '', stderr: 'kubectl is not installed' }),
);

/** Why no cluster answers; the empty text where one does. */
export const UNREACHABLE: string = cluster.code === 0 ? '' : cluster.stderr;

export const IS_REQUIRED: boolean = process.env.PORTHOLE_REQUIRE_KUBERNETES === '1';

/** Tests make and delete namespaces: not in whatever cluster kubectl happens to point at. */
export const IS_USABLE: boolean =
  UNREACHABLE === '' && (IS_REQUIRED || process.env.PORTHOLE_KUBERNETES_LOAD !== undefined);

/** A namespace under the restricted Pod Security level. */
export interface Namespace {
  /** Runs kubectl in it and returns what it printed; throws with its stderr where it failed. */
  kubectl(...args: string[]): Promise<string>;
  kubectlOutcome(...args: string[]): Promise<Outcome>;
  /** Creates or changes what the manifests describe. */
  apply(...manifests: readonly object[]): Promise<void>;
  delete(): Promise<void>;
}

/** Makes the namespace anew. */
export async function createNamespace(name: string): Promise<Namespace> {
  const kubectlOutcome = (...args: string[]): Promise<Outcome> =>
    run('kubectl', [`--namespace=${name}`, ...args], { cwd: ROOT });
  const kubectl = async (...args: string[]): Promise<string> => {
    const outcome = await kubectlOutcome(...args);
    if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${outcome.code}: ${outcome.stderr}`);
    return outcome.stdout.trim();
  };
  await run('kubectl', ['delete', 'namespace', name, '--ignore-not-found']);
  await kubectl('create', 'namespace', name);
  const levels = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
  await kubectl('label', 'namespace', name, ...levels);
  return {
    kubectl,
    kubectlOutcome,
    apply: async (...manifests) => {
      const child = spawn('kubectl', [`--namespace=${name}`, 'apply', '--filename=-'], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      child.stdin.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`kubectl apply exited ${code}`);
    },
    delete: async () => {
      await run('kubectl', ['delete', 'namespace', name, '--wait=false']);
    },
  };
}

/** The cluster pulls from no registry: the image goes over as an archive, by whatever this cluster takes it with. */
export async function loadImage(image: string): Promise<void> {
  const load = process.env.PORTHOLE_KUBERNETES_LOAD;
  if (load === undefined) return;
  const outcome = await run('bash', ['-c', `${load} ${image}`]);
  if (outcome.code !== 0) throw new Error(`${load} failed: ${outcome.stderr}`);
  await docker('image', 'inspect', image);
}
