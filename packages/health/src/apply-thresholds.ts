/**
 * Thresholds: a state changes only after several results in a row that contradict it, as with the thresholds of a
 * kubelet.
 */
import type { CheckResult } from './probe-result.js';

export interface ThresholdOptions {
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/**
 * Makes the function that turns each result of one check into the counted result. The first counts as it is. A result
 * that is held back has the earlier state, and `pending` has the held-back result.
 */
export function createThresholds({
  failureThreshold,
  successThreshold,
}: ThresholdOptions): (result: CheckResult) => CheckResult {
  let counts: CheckResult | undefined;
  let inARow = 0;

  return (result) => {
    if (counts === undefined || isPassing(result) === isPassing(counts)) {
      inARow = 0;
      counts = result;
      return counts;
    }
    inARow++;
    const threshold = isPassing(result) ? successThreshold : failureThreshold;
    if (inARow >= threshold) {
      inARow = 0;
      counts = result;
      return counts;
    }
    const { durationMs, checkedAtMs } = result;
    const pending = isPassing(result)
      ? `passed ${inARow} of ${threshold} times`
      : `failed ${inARow} of ${threshold} times: ${result.reason}`;
    return { ...counts, durationMs, checkedAtMs, pending };
  };
}

function isPassing({ status }: CheckResult): boolean {
  return status === 'pass';
}
