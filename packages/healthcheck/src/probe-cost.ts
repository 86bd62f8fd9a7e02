/** What in the environment makes each probe cost a multiple: Docker and Kubernetes give a probe the environment of the container. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Options of Node.js that load a module first. */
const PRELOADS = /(?:^|\s)(?:--import|--require|-r|--loader|--experimental-loader)(?:[=\s]|$)/;

/** One sentence for each; what the values are is not said. */
export function costlyVariables(environment: Environment): readonly string[] {
  const notes: string[] = [];
  if (PRELOADS.test(environment.NODE_OPTIONS ?? '')) {
    notes.push(
      'NODE_OPTIONS loads modules in front of every probe: give it to the service alone, or probe with the static program',
    );
  }
  if ((environment.NODE_EXTRA_CA_CERTS ?? '') !== '') {
    notes.push(
      'NODE_EXTRA_CA_CERTS is read by every probe: give it to the service alone, or probe with the static program',
    );
  }
  return notes;
}
