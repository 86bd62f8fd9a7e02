/** One layer of a router of Express 4 or 5: which of its paths a request matches, and the template of that path. */

/** What a route or a mount was given as its path. */
export type Template = string | RegExp | readonly Template[];

/** A step of a router: a route, or something mounted at a path. */
export interface Layer {
  readonly route?: { readonly path: Template };
  readonly handle: unknown;
  /** The name of the function that was mounted. */
  readonly name?: string;
  /** Express 5 with `router` 2.3 and later: the path as it was given. */
  readonly rawPath?: Template;
  /** Express 5: one for each member of the path. */
  readonly matchers?: readonly ((path: string) => false | { readonly path: string })[];
  /** Express 5: whether it is mounted at `/`. */
  readonly slash?: boolean;
  /** Express 4: the path as it was compiled, with the names of its parameters. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

/** One of the paths that a layer stands for. */
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
    // A parameter that cannot be decoded; Express matches no layer then either.
    return undefined;
  }
}

function ofExpression(expression: RegExp, template: string | undefined): Alternative {
  return { template, match: (path) => textMatched(expression, path) };
}

/** An expression with the flag `g` or `y` has a state, which is the application's. */
function textMatched(expression: RegExp, path: string): string | undefined {
  if (!expression.global && !expression.sticky) return expression.exec(path)?.[0];
  const { lastIndex } = expression;
  expression.lastIndex = 0;
  const matched = expression.exec(path)?.[0];
  expression.lastIndex = lastIndex;
  return matched;
}

/** What Express 4 ends each member of a list with, in a route and in a mount. What does not end so is the application's own expression. */
const ROUTE_END = '$';
const MOUNT_END = '\\/?(?=\\/|$)';

/** Express 4 makes one expression of a list, which leaves open which member has matched. */
function ofRouteExpression(expression: RegExp, paths: readonly (string | RegExp)[]): readonly Alternative[] {
  if (paths.length === 1) return [ofExpression(expression, String(paths[0]))];
  const members = membersOf(expression, ROUTE_END);
  if (members.length !== paths.length) return [ofExpression(expression, undefined)];
  return members.map((member, index) => ofExpression(member, String(paths[index])));
}

/** The compiled path is all that Express 4 keeps of a mount. Nothing of a request is in it. */
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
 * What stands in a compiled path: a parameter, perhaps with the slash before it and perhaps optional; all that a `*` takes; a character of
 * the path, perhaps escaped. A parameter's own expression may have parentheses in parentheses.
 */
const COMPILED =
  /\(\?:(?<slash>\\\/)?\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*\)\)(?<optional>\?)?|(?<all>\(\.\*\))|\\(?<escaped>[/.])|(?<plain>[\w~!@%&,;='" -])/y;

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
