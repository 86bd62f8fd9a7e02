/** For servers and frameworks that tell nobody which route a request has taken. */
import { activeRecord, reportInternalError } from '@porthole/core/internal';

/**
 * Says which route the request that is being answered has taken: the template (`/orders/:id`), never the path itself. A regular
 * expression is its own template; nothing, or an empty text, says that no route was found. Outside a request it does nothing. Never throws.
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
