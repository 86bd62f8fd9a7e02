/**
 * The answer of a receiver that took a request in part: `partial_success.rejected_spans` of an
 * `ExportTraceServiceResponse`, and `rejected_data_points` of the one for metrics, which is the same field.
 */
import { ProtobufReader } from '../protobuf/protobuf-reader.js';

const PARTIAL_SUCCESS = 1;
const REJECTED = 1;

/** How many spans were rejected; 0 if the answer is empty, or not the right message. Never throws. */
export function parseRejected(response: Uint8Array): number {
  try {
    let rejected = 0;
    const answer = new ProtobufReader(response);
    while (answer.next()) {
      if (answer.field !== PARTIAL_SUCCESS || answer.wireType !== 2) continue;
      const partialSuccess = new ProtobufReader(response, answer.start, answer.end);
      while (partialSuccess.next()) {
        if (partialSuccess.field !== REJECTED || partialSuccess.wireType !== 0) continue;
        rejected = partialSuccess.high * 2 ** 32 + partialSuccess.low;
      }
    }
    return countOf(rejected);
  } catch {
    return 0;
  }
}

/** The same of an answer in JSON. Never throws. */
export function parseRejectedJson(response: string): number {
  try {
    const { partialSuccess } = JSON.parse(response) as { partialSuccess?: Readonly<Record<string, unknown>> };
    return countOf(Number(partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedDataPoints ?? 0));
  } catch {
    return 0;
  }
}

/** A number that is not valid, or negative (which is above 2^63 here), is ignored. */
function countOf(rejected: number): number {
  return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
}
