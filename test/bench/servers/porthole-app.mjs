// Porthole as its README has it; the bench bundles this with esbuild, and with tsup for what a probe of CommonJS costs.
import { run } from '@porthole/sdk/run';

run({ service: 'bench', main: async () => (await import('./porthole-server.mjs')).start() });
