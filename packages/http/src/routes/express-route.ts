/**
 * The routes of Express 4 and 5, found when a request is over. Express leaves the matched route on the request, and the
 * routers that it is mounted in have their templates. So no code runs during the request.
 */
import { reportInternalError } from '@porthole/core/internal';
import { pathOf } from '../request-target.js';
import { type ExpressApp, type Route, templateOfWay } from './express-ways.js';

/** The fields that Express puts on a request. */
interface ExpressRequest {
  readonly route?: Route;
  readonly app?: ExpressApp;
  readonly originalUrl?: string;
  /** The part of the path that the mounts have matched, and the rest. */
  readonly baseUrl?: string;
  readonly url?: string;
}

/**
 * The template of the route of `request` in an Express application, or an empty string. The template must match the
 * requested path or the path that a middleware has rewritten it to. Never throws: another framework may use the same
 * fields.
 */
export function expressRouteOf(request: object): string {
  try {
    const { route, app, originalUrl, baseUrl = '', url } = request as ExpressRequest;
    if (route?.path === undefined || app === undefined || typeof originalUrl !== 'string') return '';
    const path = pathOf(originalUrl);
    const template = templateOfWay(app, route, path);
    if (template !== '' || typeof url !== 'string') return template;
    const rewritten = baseUrl + pathOf(url);
    return rewritten === path ? '' : templateOfWay(app, route, rewritten);
  } catch (error) {
    reportInternalError('http', error);
    return '';
  }
}
