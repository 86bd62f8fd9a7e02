/**
 * Reasons why each probe costs a multiple: Docker and Kubernetes give it the environment of the container, and Node.js
 * reads its whole file.
 */
import { statSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** Options of Node.js that load a module first. */
const PRELOADS = /(?:^|\s)(?:--import|--require|-r|--loader|--experimental-loader)(?:[=\s]|$)/;

/** An entry file with the probe in it has a tenth of this; one with the whole service in it has ten times as much. */
const LARGE_BYTES = 250_000;

const ADVICE = 'every probe: give it to the service alone, or probe with the static program';

/** One sentence for each; values of variables are not shown. */
export function costsOf(environment: Environment, entryFile: string | undefined): readonly string[] {
  const notes: string[] = [];
  if (PRELOADS.test(environment.NODE_OPTIONS ?? '')) {
    notes.push(`NODE_OPTIONS loads modules in front of ${ADVICE}`);
  }
  if ((environment.NODE_EXTRA_CA_CERTS ?? '') !== '') {
    notes.push(`NODE_EXTRA_CA_CERTS is read by ${ADVICE}`);
  }
  const bytes = sizeOf(entryFile);
  if (bytes > LARGE_BYTES) {
    notes.push(
      `the entry file has ${(bytes / 1e6).toFixed(1)} MB, all of which every probe reads: bundle it with code splitting, or probe with the static program`,
    );
  }
  return notes;
}

function sizeOf(file: string | undefined): number {
  try {
    return statSync(file ?? '').size;
  } catch {
    return 0;
  }
}
