/**
 * Requests that come in: each becomes a record of kind `server`, active for all that the request starts. Seen through Node's
 * own diagnostics channels and the events of its servers, so it holds for every framework, bundled or not, and needs no loader
 * flag.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { guardedListener } from '@porthole/core/internal';
import { onClientError } from './inbound-client-error.js';
import { createRequestListener, REQUEST_CHANNEL } from './inbound-http1.js';
import { createStreamListener } from './inbound-http2.js';
import { abortRequestsInFlight } from './inbound-record.js';
import { onConnect, onUpgrade } from './inbound-upgrade.js';
import { createRequestSelection, type RequestSelectionOptions } from './request-selection.js';
import { createServerListeners } from './server-listeners.js';
import { watchServers } from './watch-servers.js';
import { isHttp2Server } from './web-server.js';

/** A subscription that can be ended. */
export interface Watch {
  close(): void;
}

/**
 * Records every request that a server of `node:http`, `node:https` or `node:http2` of this process takes in. `close()` also
 * ends the records of the requests that are in flight, as aborted: call it while observers can still tell of them.
 */
export function watchInbound(options: RequestSelectionOptions = {}): Watch {
  const selection = createRequestSelection(options);
  const onRequest = guardedListener('http', createRequestListener(selection));
  const onStream = createStreamListener(selection);
  subscribe(REQUEST_CHANNEL, onRequest);
  const listeners = createServerListeners();
  const unwatchServers = watchServers((server) => {
    if (isHttp2Server(server)) listeners.prepend(server, 'stream', onStream);
    listeners.prependBesideOthers(server, 'upgrade', onUpgrade);
    listeners.prependBesideOthers(server, 'connect', onConnect);
    listeners.prependBesideOthers(server, 'clientError', onClientError);
  });
  return {
    close: () => {
      unsubscribe(REQUEST_CHANNEL, onRequest);
      unwatchServers();
      listeners.close();
      abortRequestsInFlight();
    },
  };
}
