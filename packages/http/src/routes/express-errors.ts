/**
 * The errors of Express 5, from the channel of its router (`router` 2.3 and later): each error that a middleware or a handler throws,
 * rejects with or gives to `next`, once.
 */
import { recordError } from './record-error.js';

export const EXPRESS_ERROR_CHANNEL = 'tracing:express.router.request:error';

/** The channel's message, as far as it is used. */
interface LayerFailure {
  readonly res: object;
  readonly error?: unknown;
}

/** Listener of the channel. */
export function onExpressError({ res, error }: LayerFailure): void {
  recordError(error, res);
}
