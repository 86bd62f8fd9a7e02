/**
 * The routes of Express 4 and 5, found when a request is over: Express leaves the route that it has taken on the request, and the
 * templates of the routers that it is mounted in stand in these routers. So nothing runs while the request does.
 */
import { reportInternalError } from '@porthole/core/internal';
import { pathOf } from '../request-target.js';
import { type ExpressApp, type Route, templateOfWay } from './express-ways.js';

/** What Express puts on a request. */
interface ExpressRequest {
  readonly route?: Route;
  readonly app?: ExpressApp;
  readonly originalUrl?: string;
  /** What the mounts so far have matched, and the rest. */
  readonly baseUrl?: string;
  readonly url?: string;
}

/**
 * The template of the route that `request` has taken in an application of Express, if it matches the path that was asked for, or the path
 * that a middleware has made of it; else empty. Never throws: what stands there may be somebody else's.
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
