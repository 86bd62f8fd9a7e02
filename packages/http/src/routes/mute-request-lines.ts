/**
 * Fastify writes two lines a request of its own, and one for an error. The one line of the record stands for them: for those without an
 * error always, for one with an error only if this very error is on the record.
 */
import { reportInternalError, sharedState, type WorkRecord } from '@porthole/core/internal';
import { type RecordedAnswer, recordOfAnswer } from '../inbound/inbound-record.js';
import { holdBack } from './held-back-lines.js';

/** What is used of Fastify's `LogController` (5.12 and later): a method for each of its lines, which its documentation has to override. */
interface LogController extends Record<PlainLine, (request: unknown, reply: Reply) => void> {
  readonly disableRequestLogging: boolean | ((request: unknown) => boolean);
  requestCompleted: ErrorLine;
  defaultErrorLog: ErrorLine;
  streamError: ErrorLine;
  writeHeadError: ErrorLine;
  serializerError: ErrorLine;
}

type ErrorLine = (error: unknown, request: unknown, reply: Reply, metadata?: unknown) => void;

interface Reply {
  readonly raw: RecordedAnswer & { readonly errored?: unknown };
}

const PLAIN_LINES = ['incomingRequest', 'routeNotFound'] as const;
type PlainLine = (typeof PLAIN_LINES)[number];

/** Those that report an error before the answer is over, so that it can still go on the record. */
const ERROR_LINES = ['defaultErrorLog', 'streamError', 'writeHeadError', 'serializerError'] as const;

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
 * Turns those of Fastify's own request lines off for `app` that lines of Porthole's stand for, unless the application has brought a controller of
 * its own or decides by a function or an option. The constructor's option for it is deprecated (FSTDEP023), so the controller is set.
 * Before 5.12 there is none: there the application sets `disableRequestLogging: true` itself.
 */
export function muteRequestLines(app: object): void {
  const controller = logControllerOf(app);
  if (controller?.disableRequestLogging !== false) return;
  for (const name of PLAIN_LINES) {
    const write = controller[name];
    controller[name] = (request, reply) => {
      if (recordLines.writers === 0) write.call(controller, request, reply);
    };
  }
  for (const name of ERROR_LINES) mute(controller, name, putOnRecord);
  mute(controller, 'requestCompleted', isOnRecord);
}

/** Turns a line about an error off if `isShown` returns that the record shows the error. */
function mute(
  controller: LogController,
  name: (typeof ERROR_LINES)[number] | 'requestCompleted',
  isShown: (record: WorkRecord, error: unknown, reply: Reply) => boolean,
): void {
  const write = controller[name];
  controller[name] = (error, request, reply, metadata) => {
    const writeNow = (): void => write.call(controller, error, request, reply, metadata);
    if (recordLines.writers === 0) return writeNow();
    // Most of the time: the request is completed, and there is no error.
    if (name === 'requestCompleted' && (error === undefined || error === null)) return;
    const record = recordOfReply(reply);
    if (record?.recorded && isShown(record, error, reply)) holdBack(record, writeNow);
    else writeNow();
  };
}

function recordOfReply({ raw }: Reply): WorkRecord | undefined {
  try {
    return recordOfAnswer(raw);
  } catch (error) {
    reportInternalError('http', error);
    return undefined;
  }
}

/** Whether the record has the error by now; it shows one error, so the first stays. */
function putOnRecord(record: WorkRecord, error: unknown): boolean {
  if (record.endMs === 0 && record.error === undefined) {
    record.noteError(error);
    return true;
  }
  return hasError(record, error) || (record.errorType !== '' && isPrematureClose(error));
}

/** An error of a hook that runs when the answer is sent does not make the request fail, and often comes when its line is written. */
function isOnRecord(record: WorkRecord, error: unknown, { raw }: Reply): boolean {
  return hasError(record, error) || error === raw.errored;
}

function hasError(record: WorkRecord, error: unknown): boolean {
  return error === undefined ? record.error !== undefined : Object.is(record.error, error);
}

/** What Fastify makes of an answer that has ended too early: it says no more than the record does. */
function isPrematureClose(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_STREAM_PREMATURE_CLOSE';
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
