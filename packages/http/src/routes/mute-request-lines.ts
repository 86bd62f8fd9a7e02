/** Fastify writes two lines a request of its own; the record's one line says all of it. */

/** What is used of Fastify's `LogController` (5.12 and later). */
interface LogController {
  disableRequestLogging: boolean | ((request: unknown) => boolean);
}

/**
 * Turns Fastify's own request lines off for `app`, unless the application has brought a controller of its own or decides by
 * a function. The constructor's option for it is deprecated (FSTDEP023), so the controller is set. Before 5.12 there is none:
 * there the application sets `disableRequestLogging: true` itself.
 */
export function muteRequestLines(app: object): void {
  const controller = logControllerOf(app);
  if (controller?.disableRequestLogging === false) controller.disableRequestLogging = true;
}

function logControllerOf(app: object): LogController | undefined {
  // Plugins see an instance that inherits from the root, which holds the controller under a symbol.
  for (let owner: object | null = app; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const symbol = Object.getOwnPropertySymbols(owner).find(
      ({ description }) => description === 'fastify.logController',
    );
    if (symbol === undefined) continue;
    const controller = (owner as Record<symbol, LogController>)[symbol];
    return controller !== undefined && isFastifysOwn(controller) ? controller : undefined;
  }
  return undefined;
}

/** A direct instance, not of a class that extends it. Told without names, which a minified bundle changes. */
function isFastifysOwn(controller: LogController): boolean {
  return Object.getPrototypeOf(Object.getPrototypeOf(controller)) === Object.prototype;
}
