/**
 * The errors of Express 5, from its router's channel (`router` 2.3 and later). The channel publishes each error once
 * that a middleware or a handler throws, rejects with or passes to `next`.
 */
import { type RecordedAnswer, recordOfAnswer } from '../inbound/inbound-record.js';
import { expressRouteOf } from './express-route.js';
import { recordError } from './record-error.js';

export const EXPRESS_ERROR_CHANNEL = 'tracing:express.router.request:error';

/** The part of the channel's message that is used. */
interface LayerFailure {
  readonly req: { readonly app?: { readonly parent?: unknown } };
  readonly res: object;
  readonly error?: unknown;
}

/** Listener of the channel. */
export function onExpressError({ req, res, error }: LayerFailure): void {
  const record = recordOfAnswer(res as RecordedAnswer);
  // The error leaves a mounted application. Later, nothing on the request identifies that application.
  if (record?.route === '' && req.app?.parent !== undefined) record.route = expressRouteOf(req);
  recordError(error, res);
}
