/**
 * The errors of Express 5, from the channel of its router (`router` 2.3 and later): each error that a middleware or a handler throws,
 * rejects with or gives to `next`, once.
 */
import { type RecordedAnswer, recordOfAnswer } from '../inbound/inbound-record.js';
import { expressRouteOf } from './express-route.js';
import { recordError } from './record-error.js';

export const EXPRESS_ERROR_CHANNEL = 'tracing:express.router.request:error';

/** The channel's message, as far as it is used. */
interface LayerFailure {
  readonly req: { readonly app?: { readonly parent?: unknown } };
  readonly res: object;
  readonly error?: unknown;
}

/** Listener of the channel. */
export function onExpressError({ req, res, error }: LayerFailure): void {
  const record = recordOfAnswer(res as RecordedAnswer);
  // An error leaves the application that is mounted: then nothing on the request says which it was.
  if (record?.route === '' && req.app?.parent !== undefined) record.route = expressRouteOf(req);
  recordError(error, res);
}
