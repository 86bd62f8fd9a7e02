/** One layer of a router of Express 4 or 5: its path that a request matches, and the template of that path. */

/** The path argument of a route or a mount. */
export type Template = string | RegExp | readonly Template[];

/** A layer of a router: a route, or something mounted at a path. */
export interface Layer {
  readonly route?: { readonly path: Template };
  readonly handle: unknown;
  /** The name of the mounted function. */
  readonly name?: string;
  /** Express 5 with `router` 2.3 and later: the path as it was given. */
  readonly rawPath?: Template;
  /** Express 5: one for each member of the path. */
  readonly matchers?: readonly ((path: string) => false | { readonly path: string })[];
  /** Express 5: whether it is mounted at `/`. */
  readonly slash?: boolean;
  /** Express 4: the compiled path, with the names of its parameters. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

/** One of the paths of a layer. */
export interface Alternative {
  /** Undefined if it is not known. */
  readonly template: string | undefined;
  /** The part of `path` that matches, or undefined. Never throws. */
  match(path: string): string | undefined;
}

/** The paths of `layer`, in the order in which Express tries them. */
export function alternativesOf(layer: Layer): readonly Alternative[] {
  if (layer.slash === true || layer.regexp?.fast_slash === true) return [{ template: '', match: () => '' }];
  if (layer.matchers !== undefined) return ofMatchers(layer, layer.matchers);
  if (layer.regexp === undefined) return [];
  return layer.route === undefined
    ? ofMountExpression(layer.regexp, layer.keys ?? [])
    : ofRouteExpression(layer.regexp, flat(layer.route.path));
}

/** The members of a path, which may be a list of lists. */
export function flat(template: Template | undefined): readonly (string | RegExp)[] {
  if (template === undefined) return [];
  return Array.isArray(template) ? template.flatMap(flat) : [template as string | RegExp];
}

/** Express 5. */
function ofMatchers(layer: Layer, matchers: NonNullable<Layer['matchers']>): readonly Alternative[] {
  const paths = flat(layer.rawPath ?? layer.route?.path);
  return matchers.map((matcher, index) => {
    const path = paths.length === matchers.length ? paths[index] : undefined;
    if (path instanceof RegExp) return ofExpression(path, String(path));
    return { template: path, match: (requested) => matchedBy(matcher, requested) };
  });
}

function matchedBy(matcher: NonNullable<Layer['matchers']>[number], path: string): string | undefined {
  try {
    const matched = matcher(path);
    return matched === false ? undefined : matched.path;
  } catch {
    // A parameter that cannot be decoded: Express matches no layer then either.
    return undefined;
  }
}

function ofExpression(expression: RegExp, template: string | undefined): Alternative {
  return { template, match: (path) => textMatched(expression, path) };
}

/** Keeps `lastIndex`: with the flag `g` or `y` it is state of the application. */
function textMatched(expression: RegExp, path: string): string | undefined {
  if (!expression.global && !expression.sticky) return expression.exec(path)?.[0];
  const { lastIndex } = expression;
  expression.lastIndex = 0;
  const matched = expression.exec(path)?.[0];
  expression.lastIndex = lastIndex;
  return matched;
}

/**
 * The end of each list member in an expression of Express 4, for a route and a mount. Any other end is the
 * application's own expression.
 */
const ROUTE_END = '$';
const MOUNT_END = '\\/?(?=\\/|$)';

/** Express 4 makes one expression of a list, which hides the member that matched. */
function ofRouteExpression(expression: RegExp, paths: readonly (string | RegExp)[]): readonly Alternative[] {
  if (paths.length === 1) return [ofExpression(expression, String(paths[0]))];
  const members = membersOf(expression, ROUTE_END);
  if (members.length !== paths.length) return [ofExpression(expression, undefined)];
  return members.map((member, index) => ofExpression(member, String(paths[index])));
}

/** Express 4 keeps only the compiled path of a mount. It contains no data of a request. */
function ofMountExpression(expression: RegExp, keys: NonNullable<Layer['keys']>): readonly Alternative[] {
  const names = keys.map(({ name }) => name);
  return membersOf(expression, MOUNT_END).map((member) => {
    const { source } = member;
    const isPath = source.startsWith('^') && source.endsWith(MOUNT_END);
    const template = isPath ? decompiled(source.slice(1, -MOUNT_END.length), names) : String(member);
    return ofExpression(member, template);
  });
}

function membersOf(expression: RegExp, end: string): readonly RegExp[] {
  const members = expression.source.split(`${end}|^`);
  if (members.length === 1) return [expression];
  return members.map((member, index) => {
    const start = index === 0 ? '' : '^';
    return new RegExp(start + member + (index === members.length - 1 ? '' : end), expression.flags);
  });
}

/**
 * The parts of a compiled path: a parameter, perhaps with the slash before it, perhaps optional; the match of a `*`; a
 * literal character, perhaps escaped. A parameter's own expression may have nested parentheses.
 */
const COMPILED =
  /\(\?:(?<slash>\\\/)?\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*\)\)(?<optional>\?)?|(?<all>\(\.\*\))|\\(?<escaped>[/.])|(?<plain>[\w~!@%&,;='" -])/y;

/** @param names - the parameter names; used ones are removed */
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
