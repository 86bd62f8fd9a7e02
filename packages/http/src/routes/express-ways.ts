/**
 * The ways to the routes of an application of Express 4 or 5. A way is the chain of mounts of a route, from the
 * outside, and the route.
 */
import { type Alternative, alternativesOf, flat, type Layer, type Template } from './express-layer.js';

/** A route object is made once, and lives as long as the application has it. */
export type Route = NonNullable<Layer['route']>;

export interface ExpressApp {
  /** Express 4. */
  readonly _router?: Router;
  /** Express 5; Express 4 throws here. */
  readonly router?: Router;
  /** The path of the application in `parent`; the last one, if there are several. */
  readonly mountpath?: Template;
  readonly parent?: ExpressApp;
}

interface Router {
  readonly stack: readonly Layer[];
}

/** One layer of a way. */
interface Step {
  readonly layer: Layer;
  /** The application that is mounted there. */
  readonly app: ExpressApp | undefined;
  alternatives: readonly Alternative[] | undefined;
}

/** A way to a route, and the templates of its requests: several if something on the way has several paths. */
interface Way {
  readonly steps: readonly Step[];
  /** A template is empty if a part of it is not known. */
  readonly templates: string[];
  isCertain: boolean | undefined;
  /** The only template as one expression, if it is a plain path. Most requests need only this test. */
  plain: RegExp | undefined;
}

/** The ways to the routes of one application, and the routers that were searched. */
interface WayIndex {
  readonly outermost: Router | undefined;
  readonly ways: Map<Route, Way[]>;
  readonly stacks: (readonly Layer[])[];
  readonly lengths: number[];
}

/** Limits the time of the search: routers that share routers have more ways than layers. */
const MAX_STEPS = 100_000;

const indexes = new WeakMap<ExpressApp, WayIndex>();

/**
 * The template of the way by which a request for `path` reached `route` in `app`. Empty if there is none, or if several
 * differ.
 */
export function templateOfWay(app: ExpressApp, route: Route, path: string): string {
  let index = indexes.get(app);
  if (index === undefined || !isCurrent(index)) {
    index = createIndex(app);
    indexes.set(app, index);
  }
  const ways = index.ways.get(route) ?? [];
  const [first] = ways;
  if (ways.length === 1 && first?.plain?.test(path)) return first.templates[0] as string;
  let found = '';
  for (const way of ways) {
    const template = templateFor(way, path);
    if (template === undefined || template === found) continue;
    // The first match wins, as in Express.
    if (isCertain(way)) return template;
    if (found !== '') return '';
    found = template;
  }
  return found;
}

/** Whether nothing was mounted or added since. */
function isCurrent({ outermost, stacks, lengths }: WayIndex): boolean {
  if (outermost?.stack !== stacks[0]) return false;
  for (let i = 0; i < stacks.length; i++) {
    if ((stacks[i] as readonly Layer[]).length !== lengths[i]) return false;
  }
  return true;
}

function createIndex(app: ExpressApp): WayIndex {
  const chain = chainTo(app);
  const outermost = routerOf(chain[0]);
  const index: WayIndex = { outermost, ways: new Map(), stacks: [], lengths: [] };
  const stacks = new Set<readonly Layer[]>();
  let steps = 0;

  function visit(router: Router, depth: number, before: readonly Step[], inside: readonly Router[]): void {
    if (inside.includes(router)) return;
    const { stack } = router;
    if (!stacks.has(stack)) {
      stacks.add(stack);
      index.stacks.push(stack);
      index.lengths.push(stack.length);
    }
    for (const layer of stack) {
      if (++steps > MAX_STEPS) return;
      const next = layer.name === MOUNTED_APP ? chain[depth + 1] : undefined;
      const way = [...before, { layer, app: next, alternatives: undefined }];
      if (layer.route !== undefined) {
        const known = index.ways.get(layer.route);
        const found: Way = { steps: way, templates: [], isCertain: undefined, plain: undefined };
        if (known === undefined) index.ways.set(layer.route, [found]);
        else known.push(found);
        continue;
      }
      const mounted = routerOf(next ?? layer.handle);
      if (mounted !== undefined) visit(mounted, next === undefined ? depth : depth + 1, way, [...inside, router]);
    }
  }

  if (outermost !== undefined) visit(outermost, 0, [], []);
  return index;
}

/** The name of the function with which Express mounts an application. It does not identify the application. */
const MOUNTED_APP = 'mounted_app';

/** The applications that `app` is mounted in, from the outside, and itself. */
function chainTo(app: ExpressApp): readonly ExpressApp[] {
  const chain: ExpressApp[] = [];
  for (let outer: ExpressApp | undefined = app; outer !== undefined && !chain.includes(outer); outer = outer.parent) {
    chain.unshift(outer);
  }
  return chain;
}

/** A router, or the router of an application. */
function routerOf(handler: unknown): Router | undefined {
  try {
    const candidate = handler as Partial<Router> & ExpressApp;
    const router = Array.isArray(candidate.stack) ? (candidate as Router) : (candidate._router ?? candidate.router);
    return Array.isArray(router?.stack) ? router : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the applications on the way are certain: each one's `mountpath` is the matched path. Call it for a matched
 * way only.
 */
function isCertain(way: Way): boolean {
  way.isCertain ??= way.steps.every(({ app, alternatives }) => {
    if (app === undefined) return true;
    const mountpaths = flat(app.mountpath).map((path) => withoutEnd(String(path)));
    return alternatives?.every(({ template = '' }) => mountpaths.includes(withoutEnd(template))) === true;
  });
  return way.isCertain;
}

function alternativesOfStep({ layer, app }: Step): readonly Alternative[] {
  const alternatives = alternativesOf(layer);
  const [only] = alternatives;
  if (only === undefined || only.template !== undefined || typeof app?.mountpath !== 'string') return alternatives;
  // `router` before 2.3 does not keep the path of a mount. An application that is mounted once has it.
  const template = withoutEnd(app.mountpath);
  const match = (path: string): string | undefined => {
    const matched = only.match(path);
    return matched?.toLowerCase() === template.toLowerCase() ? matched : undefined;
  };
  return [{ template, match }];
}

/** Undefined if `path` does not match this way. */
function templateFor(way: Way, path: string): string | undefined {
  const { steps, templates } = way;
  let rest = path;
  let taken = 0;
  for (const step of steps) {
    step.alternatives ??= alternativesOfStep(step);
    const { alternatives } = step;
    let matched: string | undefined;
    let place = 0;
    for (; place < alternatives.length && matched === undefined; place++) {
      matched = (alternatives[place] as Alternative).match(rest);
    }
    if (matched === undefined) return undefined;
    taken = taken * alternatives.length + place - 1;
    if (step.layer.route !== undefined || matched === '') continue;
    if (!rest.startsWith(matched)) return undefined;
    rest = rest.slice(matched.length);
    if (rest === '') rest = '/';
    else if (rest.charCodeAt(0) !== SLASH) {
      // Express mounts up to a separator only; in Express 4 a dot is one.
      if (!rest.startsWith('.')) return undefined;
      rest = `/${rest}`;
    }
  }
  let template = templates[taken];
  if (template === undefined) {
    template = joined(steps, taken);
    templates[taken] = template;
    if (steps.every(({ alternatives }) => alternatives?.length === 1)) way.plain = plainExpression(template);
  }
  return template;
}

const SLASH = 0x2f;

/** @param taken - the index of the alternative of each step, encoded as one number */
function joined(steps: readonly Step[], taken: number): string {
  let template = '';
  let left = taken;
  for (const { alternatives = [] } of [...steps].reverse()) {
    const part = alternatives[left % alternatives.length]?.template;
    if (part === undefined) return '';
    left = Math.floor(left / alternatives.length);
    template = withoutEnd(part) + template;
  }
  return template === '' ? '/' : template;
}

/** Segments that are literal or one parameter, as in most templates. */
const PLAIN = /^(?:\/(?:[\w~-]+|:\w+))*$/;

function plainExpression(template: string): RegExp | undefined {
  const path = withoutEnd(template);
  return PLAIN.test(path) ? new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`, 'i') : undefined;
}

/**
 * Removes the last slash, because the next part begins with one. A regular expression that ends in a slash keeps it.
 */
function withoutEnd(path: string): string {
  return path.endsWith('/') && !path.startsWith('/^') ? path.slice(0, -1) : path;
}
