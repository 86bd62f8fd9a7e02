/** Listeners on Node's diagnostics channels. */
import { reportInternalError } from './internal-errors.js';

/**
 * `listener`, except that what it throws is counted under `component`: channels rethrow what a subscriber throws as an
 * uncaught exception, and nothing may get that far.
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
