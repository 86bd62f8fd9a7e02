/** The method of a request as a label. */
import { isKnownMethod, OTHER_METHOD } from '@porthole/core/internal';

/** The value of the label `http_request_method`: anybody can send any method, so one that is not known is `_OTHER`. */
export function requestMethod(method: string): string {
  return isKnownMethod(method) ? method : OTHER_METHOD;
}
