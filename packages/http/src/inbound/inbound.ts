/**
 * Requests that come in: each becomes a record of kind `server`, active for all that the request starts. Seen through Node's
 * own diagnostics channels and the events of its servers, so it holds for every framework, bundled or not, and needs no loader
 * flag.
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

/** A subscription that can be ended. */
export interface Instrumentation {
  close(): void;
}

export interface InboundOptions extends RequestSelectionOptions {
  /**
   * Called in the `request` event of a server, before the application's listeners and inside what is wrapped around them, with the record
   * of the request. What it throws is counted. @defaultValue none
   */
  readonly onRequest?: ((record: WorkRecord) => void) | undefined;
}

/** The watch of requests that come in. */
export interface InboundInstrumentation extends Instrumentation {
  /**
   * Ends the records of the requests that are in flight, as aborted: those that the end of the process would leave without a line.
   * Synchronous, as a listener of `exit` needs it; what has ended stays as it is, so a second call does nothing. Never throws.
   */
  abortInFlight(): void;
}

/**
 * Records every request that a server of `node:http`, `node:https` or `node:http2` of this process takes in. `close()` also
 * ends the records of the requests that are in flight, as aborted: call it while observers can still tell of them.
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
