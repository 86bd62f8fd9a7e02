/**
 * Fastify writes two lines of its own for each request, and one for an error. The line of the record replaces them:
 * always those without an error, and one with an error if the record has this very error.
 */
import { reportInternalError, sharedState, type WorkRecord } from '@porthole/core/internal';
import { type RecordedAnswer, recordOfAnswer } from '../inbound/inbound-record.js';
import { holdBack } from './held-back-lines.js';

/**
 * The part of Fastify's `LogController` (5.12 and later) that is used. It documents one overridable method for each
 * line.
 */
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

/** The lines that report an error before the response is over, so that the record can still get it. */
const ERROR_LINES = ['defaultErrorLog', 'streamError', 'writeHeadError', 'serializerError'] as const;

// Read at each request, not when the application is made: Porthole may start after that, or never, as in unit tests.
const recordLines = /* @__PURE__ */ sharedState('fastify-record-lines', () => ({ writers: 0 }));

/** Declares that requests have lines of Porthole's, until the returned function is called. */
export function writeRecordLines(): () => void {
  let writes = true;
  recordLines.writers += 1;
  return () => {
    if (writes) recordLines.writers -= 1;
    writes = false;
  };
}

/**
 * Mutes Fastify's own request lines of `app` that a line of Porthole's replaces. It does not if the application has its
 * own controller, or decides by a function or an option. The constructor's option is deprecated (FSTDEP023), so this
 * sets the controller. Before 5.12 there is no controller: the application sets `disableRequestLogging: true` itself.
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

/** Mutes a line about an error if `isShown` returns that the record shows the error. */
function mute(
  controller: LogController,
  name: (typeof ERROR_LINES)[number] | 'requestCompleted',
  isShown: (record: WorkRecord, error: unknown, reply: Reply) => boolean,
): void {
  const write = controller[name];
  controller[name] = (error, request, reply, metadata) => {
    const writeNow = (): void => write.call(controller, error, request, reply, metadata);
    if (recordLines.writers === 0) return writeNow();
    // The usual case: the request is completed without an error.
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

/** Puts the error on the record unless it has one. Returns whether the record shows it. */
function putOnRecord(record: WorkRecord, error: unknown): boolean {
  if (record.endMs === 0 && record.error === undefined) {
    record.noteError(error);
    return true;
  }
  return hasError(record, error) || (record.errorType !== '' && isPrematureClose(error));
}

/** A hook's error after the response does not fail the request, and often comes when its line is already written. */
function isOnRecord(record: WorkRecord, error: unknown, { raw }: Reply): boolean {
  return hasError(record, error) || error === raw.errored;
}

function hasError(record: WorkRecord, error: unknown): boolean {
  return error === undefined ? record.error !== undefined : Object.is(record.error, error);
}

/** Fastify's error of a response that ended too early: it adds nothing to the record. */
function isPrematureClose(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function logControllerOf(app: object): LogController | undefined {
  // Plugins get an instance that inherits from the root, which has the controller under a symbol.
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

/** Whether it is a direct instance, not of a subclass. Names cannot be compared: a minified bundle changes them. */
function isFastifysOwn(controller: LogController): boolean {
  return Object.getPrototypeOf(Object.getPrototypeOf(controller)) === Object.prototype;
}
