/** For servers and frameworks that do not report the route of a request. */
import { activeRecord, reportInternalError } from '@porthole/core/internal';

/**
 * Sets the route of the active request: the template (`/orders/:id`), never the path itself. A regular expression is
 * its own template. `undefined` or an empty string means that no route was found. A call outside a request has no
 * effect. Never throws.
 *
 * @example
 * setRoute('/orders/:id');
 */
export function setRoute(template: string | RegExp | undefined): void {
  const record = activeRecord();
  if (record?.kind !== 'server' || record.method === '') return;
  try {
    record.route = template === undefined ? '' : String(template);
  } catch (error) {
    reportInternalError('http', error);
  }
}
