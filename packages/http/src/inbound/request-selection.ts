/** Which requests are recorded, and what the application adds to their records. */
import type { IncomingHttpHeaders } from 'node:http';
import { types } from 'node:util';
import type { WorkRecord as PublicRecord } from '@porthole/core';
import { ignoreRecord, reportInternalError, type WorkRecord } from '@porthole/core/internal';
import { writeHeldBack } from '../routes/held-back-lines.js';

/** What a request of either protocol shows of itself. */
export interface DescribedRequest {
  readonly method?: string | undefined;
  /** The request's target, the query string included. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Looks at a request that is over (not at a connection that was upgraded) and adds to its record: `setAttribute`, a `route`. Returns
 * `false` to leave it out: no line, no observation, no span. What it throws is counted, and the record stays as it is. The record
 * ends right after it: a promise is not waited for, only counted where it rejects.
 */
export type DescribeRequest = (record: PublicRecord, request: DescribedRequest) => unknown;

export interface RequestSelectionOptions {
  /** Paths whose GET and HEAD requests are left out. @defaultValue none */
  readonly ignorePaths?: readonly string[] | undefined;
  /** @defaultValue none */
  readonly describeRequest?: DescribeRequest | undefined;
}

/** The choices of one application. */
export interface RequestSelection {
  /** Leaves the request out if it is one of those; it has not begun. */
  select(record: WorkRecord): void;
  /** Lets the application look at a request that is over. Never throws. */
  describe(record: WorkRecord, request: DescribedRequest): void;
}

/** Makes the choices that `options` say. */
export function createRequestSelection(options: RequestSelectionOptions): RequestSelection {
  const { ignorePaths = [], describeRequest } = options;
  const ignored = new Set(ignorePaths);
  return {
    select: (record) => {
      if (ignored.has(record.path) && (record.method === 'GET' || record.method === 'HEAD')) {
        // Not `ignoreRecord`: no observer has been told that it began.
        record.recorded = false;
        record.sampled = false;
      }
    },
    describe: (record, request) => {
      if (describeRequest === undefined || !record.recorded || record.endMs !== 0) return;
      try {
        const answer = describeRequest(record, request);
        if (answer === false) {
          ignoreRecord(record);
          writeHeldBack(record);
        }
        // Of a hook that is async: nobody else handles its rejection.
        else if (types.isPromise(answer)) answer.catch((error) => reportInternalError('http', error));
      } catch (error) {
        reportInternalError('http', error);
      }
    },
  };
}
