// Porthole as its README has it; the bench bundles this with esbuild.
import { run } from '@porthole/sdk/run';

run({ service: 'bench', main: () => import('./porthole-server.mjs') });
