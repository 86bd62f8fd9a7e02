/** Porthole's own clients: what exports spans and metrics is no work of the application. */
import { sharedState } from '../shared-state.js';

/** Agents of `node:http` and `node:https` whose requests are not recorded and carry no trace context. */
export const unrecordedClients: WeakSet<object> = /* @__PURE__ */ sharedState(
  'unrecorded-clients',
  () => new WeakSet<object>(),
);
