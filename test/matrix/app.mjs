// The entry file of the service that the matrix runs: unbundled, and bundled in every form.
import { run } from '@porthole/sdk/run';

run({ service: 'matrix', main: () => import('./server.mjs').then(({ serve }) => serve()) });
