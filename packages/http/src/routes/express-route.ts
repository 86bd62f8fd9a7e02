/**
 * The routes of Express 4 and 5, found when a request is over: Express leaves the route that it has taken on the request, and the
 * templates of the routers that it is mounted in stand in these routers. So nothing runs while the request does.
 */
import { reportInternalError } from '@porthole/core/internal';
import { pathOf } from '../request-target.js';

/** What Express puts on a request. */
interface ExpressRequest {
  readonly route?: Route;
  readonly originalUrl?: string;
  readonly app?: ExpressApp;
}

/** What a route was made with; each is an object of its own, kept as long as the route is. */
interface Route {
  readonly path: Template;
}

type Template = string | RegExp | readonly Template[];

interface ExpressApp {
  /** Express 4. */
  readonly _router?: Router;
  /** Express 5; Express 4 throws here. */
  readonly router?: Router;
  /** Where the application is mounted in `parent`. */
  readonly mountpath?: Template;
  readonly parent?: ExpressApp;
}

interface Router {
  readonly stack: readonly Layer[];
}

/** One step of a router: a route, or something mounted at a path. */
interface Layer {
  readonly route?: Route;
  readonly handle: unknown;
  /** Express 5 with `router` 2.3 and later: the path as it was given. */
  readonly rawPath?: Template;
  readonly match?: (path: string) => boolean | { readonly path: string };
  /** Express 5: whether it is mounted at `/`. */
  readonly slash?: boolean;
  /** Express 4: the path as it was compiled, with the names of its parameters. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

/** The way to a route: what it is mounted in, from the outside, and itself. */
interface Way {
  readonly layers: readonly Layer[];
  /** Empty where it is not known; undefined before the first request has come this way. */
  template: string | undefined;
}

/** Routers and applications that contain themselves end somewhere. */
const MAX_DEPTH = 16;

const ways = new WeakMap<Route, readonly Way[]>();

/**
 * The template of the route that `request` has taken in an application of Express; empty where there is none, or where it cannot be
 * told for sure. Never throws: what stands there may be somebody else's.
 */
export function expressRouteOf(request: object): string {
  try {
    const { route, app, originalUrl } = request as ExpressRequest;
    if (route?.path === undefined || app === undefined || typeof originalUrl !== 'string') return '';
    const mount = mountOf(app, 0);
    if (mount === undefined) return '';
    const path = pathOf(originalUrl).slice(mount.length);
    const way = wayOf(route, app, path);
    if (way === undefined) return '';
    way.template ??= templateOf(mount, way.layers);
    return way.template;
  } catch (error) {
    reportInternalError('http', error);
    return '';
  }
}

/** Where an application is mounted in others; undefined where that is more than a text. */
function mountOf({ mountpath, parent }: ExpressApp, depth: number): string | undefined {
  if (parent === undefined) return '';
  if (depth > MAX_DEPTH) return undefined;
  const outer = mountOf(parent, depth + 1);
  if (outer === undefined || typeof mountpath !== 'string' || !LITERAL.test(mountpath)) return undefined;
  return outer + withoutEnd(mountpath);
}

const LITERAL = /^[\w/.~-]*$/;

/** The way that a request for `path` has taken to `route`. */
function wayOf(route: Route, app: ExpressApp, path: string): Way | undefined {
  let found = ways.get(route);
  if (found === undefined) {
    found = waysTo(route, routerOf(app)?.stack ?? [], []);
    ways.set(route, found);
  }
  return found.length > 1 ? found.find(({ layers }) => leadsAlong(layers, path)) : found[0];
}

function waysTo(route: Route, stack: readonly Layer[], before: readonly Layer[]): Way[] {
  if (before.length > MAX_DEPTH) return [];
  return stack.flatMap((layer) => {
    const layers = [...before, layer];
    if (layer.route === route) return [{ layers, template: undefined }];
    return layer.route === undefined ? waysTo(route, routerOf(layer.handle)?.stack ?? [], layers) : [];
  });
}

/** A router, or that of an application. */
function routerOf(handler: unknown): Router | undefined {
  try {
    const candidate = handler as Partial<Router> & ExpressApp;
    return Array.isArray(candidate.stack) ? (candidate as Router) : (candidate._router ?? candidate.router);
  } catch {
    return undefined;
  }
}

function leadsAlong(layers: readonly Layer[], path: string): boolean {
  let rest = path;
  for (const layer of layers) {
    const matched = matchedBy(layer, rest);
    if (matched === undefined) return false;
    rest = rest.slice(matched.length) || '/';
  }
  return true;
}

/** The beginning of `path` that `layer` stands for. */
function matchedBy(layer: Layer, path: string): string | undefined {
  if (isAtRoot(layer)) return '';
  if (layer.regexp !== undefined) return layer.regexp.exec(path)?.[0];
  const match = layer.match?.(path);
  return typeof match === 'object' && match !== null ? match.path : undefined;
}

/** Whether something is mounted at `/`, which any path begins with. */
function isAtRoot({ slash, regexp }: Layer): boolean {
  return slash === true || regexp?.fast_slash === true;
}

function templateOf(mount: string, layers: readonly Layer[]): string {
  let template = mount;
  for (const layer of layers) {
    const part = partOf(layer);
    if (part === undefined) return '';
    template += withoutEnd(part);
  }
  return template === '' ? '/' : template;
}

/** The template of one layer; undefined where it is not known. */
function partOf(layer: Layer): string | undefined {
  if (layer.route !== undefined) return textOf(layer.route.path);
  if (isAtRoot(layer)) return '';
  if (layer.rawPath !== undefined) return textOf(layer.rawPath);
  return layer.regexp === undefined ? undefined : withNames(layer.regexp, layer.keys ?? []);
}

function textOf(template: Template): string {
  return Array.isArray(template) ? template.map(textOf).join(',') : String(template);
}

/** What Express 4 ends the regular expression of a mounted path with. One that does not end so is the application's own. */
const MOUNT_END = '\\/?(?=\\/|$)';

/**
 * What stands in a compiled path: a parameter, perhaps with the slash before it and perhaps optional; all that a `*` takes; a character of
 * the path, perhaps escaped. A parameter's own expression may have parentheses in parentheses.
 */
const COMPILED =
  /\(\?:(?<slash>\\\/)?\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*\)\)(?<optional>\?)?|(?<all>\(\.\*\))|\\(?<escaped>[/.])|(?<plain>[\w~!@%&,;='" -])/y;

/**
 * The path that Express 4 has compiled to `regexp`, with the names of its parameters; that of a list has a comma between its members.
 * Nothing of a request is in it. Undefined where something else stands in it than in paths.
 */
function withNames(regexp: RegExp, keys: NonNullable<Layer['keys']>): string | undefined {
  const { source } = regexp;
  if (!source.startsWith('^') || !source.endsWith(MOUNT_END)) return String(regexp);
  const names = keys.map(({ name }) => name);
  const members = source.slice(1, -MOUNT_END.length).split(`${MOUNT_END}|^`);
  const templates = members.map((member) => decompiled(member, names));
  return templates.includes(undefined) ? undefined : templates.join(',');
}

/** @param names - of the parameters; those that are found are taken out */
function decompiled(source: string, names: (string | number)[]): string | undefined {
  let template = '';
  for (COMPILED.lastIndex = 0; COMPILED.lastIndex < source.length; ) {
    const groups = COMPILED.exec(source)?.groups;
    if (groups === undefined) return undefined;
    const { slash, optional = '', all, escaped, plain } = groups as Readonly<Record<string, string | undefined>>;
    if (plain !== undefined || escaped !== undefined) {
      template += plain ?? escaped;
      continue;
    }
    const name = names.shift();
    if (all !== undefined) template += '*';
    else if (typeof name === 'string') template += `${slash === undefined ? '' : '/'}:${name}${optional}`;
    else return undefined;
  }
  return template;
}

/** What follows begins with a slash of its own; what ends in one without being a path is a regular expression. */
function withoutEnd(path: string): string {
  return path.endsWith('/') && !path.startsWith('/^') ? path.slice(0, -1) : path;
}
