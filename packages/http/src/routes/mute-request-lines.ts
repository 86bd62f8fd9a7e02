/** Fastify writes two lines a request of its own, and one for an error; the record's one line says all of it, where there is one. */
import { sharedState } from '@porthole/core/internal';

/** What is used of Fastify's `LogController` (5.12 and later). */
interface LogController {
  readonly disableRequestLogging: boolean | ((request: unknown) => boolean);
  /** Asked before each of the lines; Fastify's documentation has it as the method to override. */
  isLogDisabled(request: unknown): boolean;
}

// Asked at each request, not when the application is made: Porthole may start after that, or not at all, as in unit tests.
const recordLines = /* @__PURE__ */ sharedState('fastify-record-lines', () => ({ writers: 0 }));

/** Says that requests have lines of Porthole's from now on, until the function that is returned is called. */
export function writeRecordLines(): () => void {
  let writes = true;
  recordLines.writers += 1;
  return () => {
    if (writes) recordLines.writers -= 1;
    writes = false;
  };
}

/**
 * Turns Fastify's own request lines off for `app` while there are lines of Porthole's, unless the application has brought a controller of
 * its own or decides by a function or an option. The constructor's option for it is deprecated (FSTDEP023), so the controller is set.
 * Before 5.12 there is none: there the application sets `disableRequestLogging: true` itself.
 */
export function muteRequestLines(app: object): void {
  const controller = logControllerOf(app);
  if (controller?.disableRequestLogging === false) controller.isLogDisabled = () => recordLines.writers > 0;
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
