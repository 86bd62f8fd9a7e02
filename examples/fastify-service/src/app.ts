// The image's entry file: `node app.js` is the service, `node app.js healthcheck` and the like look at it.
import { run } from '@porthole/sdk/run';

run({ service: 'orders', version: '1.0.0', main: () => import('./server.js') });
