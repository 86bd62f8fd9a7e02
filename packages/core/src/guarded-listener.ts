/** Listeners on Node's diagnostics channels. */
import { reportInternalError } from './internal-errors.js';

/**
 * `listener`, except that its error is counted under `component`: channels rethrow the error of a subscriber as an
 * uncaught exception, which must not happen.
 */
export function guardedListener<Message>(
  component: string,
  listener: (message: Message) => void,
): (message: unknown) => void {
  return (message) => {
    try {
      listener(message as Message);
    } catch (error) {
      reportInternalError(component, error);
    }
  };
}
