/** Porthole's own clients and servers. Exports, probes and scrapes are not work of the application. */
import { sharedState } from '../shared-state.js';

/** Agents of `node:http` and `node:https` whose requests are not recorded and carry no trace context. */
export const unrecordedClients: WeakSet<object> = /* @__PURE__ */ sharedState(
  'unrecorded-clients',
  () => new WeakSet<object>(),
);

/** HTTP servers whose requests are not recorded and whose connections are left alone. */
export const unrecordedServers: WeakSet<object> = /* @__PURE__ */ sharedState(
  'unrecorded-servers',
  () => new WeakSet<object>(),
);
