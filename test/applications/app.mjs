// The entry file of a service that ends itself.
import { run } from '@porthole/sdk/run';

run({ service: 'self-ending', main: () => import('./server.mjs').then(({ serve }) => serve()) });
