/** Porthole's own servers: probes and scrapes are no work of the application. */
import { sharedState } from '../shared-state.js';

/** HTTP servers whose requests are not recorded and whose connections are left alone. */
export const unrecordedServers: WeakSet<object> = /* @__PURE__ */ sharedState(
  'unrecorded-servers',
  () => new WeakSet<object>(),
);
