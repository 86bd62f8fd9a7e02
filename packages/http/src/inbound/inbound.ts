/**
 * Each incoming request becomes a record of kind `server`, active for all work that the request starts. The sources are
 * Node's diagnostics channels and the events of its servers. So it works with every framework, bundled or not, without
 * a loader flag.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ServerResponse } from 'node:http';
import { guardedListener, requestsInFlight, type WorkRecord } from '@porthole/core/internal';
import { EXPRESS_ERROR_CHANNEL, onExpressError } from '../routes/express-errors.js';
import { onClientError } from './inbound-client-error.js';
import { createRequestListener, endResponse, REQUEST_CHANNEL } from './inbound-http1.js';
import {
  createStreamListener,
  endStream,
  onStreamClosing,
  type RecordedStream,
  STREAM_CLOSE_CHANNEL,
} from './inbound-http2.js';
import { endRequest, type RecordedAnswer, recordOfAnswer } from './inbound-record.js';
import { onConnect, onUpgrade } from './inbound-upgrade.js';
import { instrumentServers } from './instrument-servers.js';
import { createRequestSelection, type RequestSelection, type RequestSelectionOptions } from './request-selection.js';
import { createServerListeners } from './server-listeners.js';
import { isHttp2Server } from './web-server.js';

/** A subscription. `close()` ends it. */
export interface Instrumentation {
  close(): void;
}

export interface InboundOptions extends RequestSelectionOptions {
  /**
   * Called with the request's record in a server's `request` event, before the application's listeners and inside any
   * wrapper of them. An exception is counted. @defaultValue none
   */
  readonly onRequest?: ((record: WorkRecord) => void) | undefined;
}

/** The subscription to incoming requests. */
export interface InboundInstrumentation extends Instrumentation {
  /**
   * Ends the records of the requests in flight as aborted. At the end of the process they would get no line otherwise.
   * Synchronous, for a listener of `exit`. Ended records stay unchanged, so a second call has no effect. Never throws.
   */
  abortInFlight(): void;
}

/**
 * Records every request to a server of `node:http`, `node:https` or `node:http2` in this process. `close()` also ends
 * the records of the requests in flight as aborted: call it before the observers are removed.
 */
export function instrumentInbound(options: InboundOptions = {}): InboundInstrumentation {
  const selection = createRequestSelection(options);
  const onRequest = guardedListener('http', createRequestListener(selection));
  const onStream = createStreamListener(selection);
  const onError = guardedListener('http', onExpressError);
  const onClosing = guardedListener('http', onStreamClosing);
  subscribe(REQUEST_CHANNEL, onRequest);
  subscribe(STREAM_CLOSE_CHANNEL, onClosing);
  subscribe(EXPRESS_ERROR_CHANNEL, onError);
  const listeners = createServerListeners();
  const onRequestEvent = options.onRequest && createRequestEventListener(options.onRequest);
  const disableServers = instrumentServers((server) => {
    if (isHttp2Server(server)) listeners.prepend(server, 'stream', onStream);
    if (onRequestEvent !== undefined) listeners.prependBesideOthers(server, 'request', onRequestEvent);
    listeners.prependBesideOthers(server, 'upgrade', onUpgrade);
    listeners.prependBesideOthers(server, 'connect', onConnect);
    listeners.prependBesideOthers(server, 'clientError', onClientError);
  });
  function abortInFlight(): void {
    for (const record of requestsInFlight()) {
      if (record.method !== '') abortRequest(record, selection);
    }
  }
  return {
    abortInFlight,
    close: () => {
      unsubscribe(REQUEST_CHANNEL, onRequest);
      unsubscribe(STREAM_CLOSE_CHANNEL, onClosing);
      unsubscribe(EXPRESS_ERROR_CHANNEL, onError);
      disableServers();
      listeners.close();
      abortInFlight();
    },
  };
}

function createRequestEventListener(onRequest: (record: WorkRecord) => void) {
  const guarded = guardedListener('http', onRequest);
  return (_request: unknown, response: RecordedAnswer): void => {
    const record = recordOfAnswer(response);
    if (record !== undefined) guarded(record);
  };
}

function abortRequest(record: WorkRecord, selection: RequestSelection): void {
  const { answer } = record;
  if (answer === undefined) endRequest(record, record.status, 'aborted');
  else if (answer instanceof ServerResponse) {
    endResponse(record, answer, selection, answer.writableFinished ? 'complete' : 'aborted');
  } else {
    const stream = answer as RecordedStream;
    endStream(record, stream, selection, stream.writableFinished ? 'complete' : 'aborted');
  }
}
