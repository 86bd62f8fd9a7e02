/** Selects the requests to record, and lets the application add to their records. */
import type { IncomingHttpHeaders } from 'node:http';
import { types } from 'node:util';
import type { WorkRecord as PublicRecord } from '@porthole/core';
import { ignoreRecord, reportInternalError, type WorkRecord } from '@porthole/core/internal';
import { writeHeldBack } from '../routes/held-back-lines.js';

/** A request of either protocol. */
export interface DescribedRequest {
  readonly method?: string | undefined;
  /** The request's target, with the query string. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Gets each request when it is over (not an upgraded connection) and adds to its record: `setAttribute`, a `route`.
 * Returns `false` to leave the request out: no line, no observation, no span. An exception is counted, and the record
 * stays unchanged. The record ends right after the call: a promise is not awaited, but its rejection is counted.
 */
export type DescribeRequest = (record: PublicRecord, request: DescribedRequest) => unknown;

export interface RequestSelectionOptions {
  /** Paths whose GET and HEAD requests are left out. @defaultValue none */
  readonly ignorePaths?: readonly string[] | undefined;
  /** @defaultValue none */
  readonly describeRequest?: DescribeRequest | undefined;
}

/** The selection of one application. */
export interface RequestSelection {
  /** Leaves the request out if its path is ignored. Call it before the request begins. */
  select(record: WorkRecord): void;
  /** Passes a request that is over to the application. Never throws. */
  describe(record: WorkRecord, request: DescribedRequest): void;
}

/** Makes the selection from `options`. */
export function createRequestSelection(options: RequestSelectionOptions): RequestSelection {
  const { ignorePaths = [], describeRequest } = options;
  const ignored = new Set(ignorePaths);
  return {
    select: (record) => {
      if (ignored.has(record.path) && (record.method === 'GET' || record.method === 'HEAD')) {
        // Not `ignoreRecord`: no observer knows this record yet.
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
        // An async hook: its rejection is not handled anywhere else.
        else if (types.isPromise(answer)) answer.catch((error) => reportInternalError('http', error));
      } catch (error) {
        reportInternalError('http', error);
      }
    },
  };
}
