/**
 * The samplers of the OpenTelemetry specification, by the names that `OTEL_TRACES_SAMPLER` knows
 * (https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers).
 */
import type { SamplerName } from '@porthole/core';
import type { WorkRecord } from '@porthole/core/internal';

/** Whether the span of `record` is recorded and exported. */
export type Sampler = (record: WorkRecord) => boolean;

/** The sampler called `name`; `ratio` (0 to 1) is the share that the ratio samplers keep. */
export function createSampler(name: SamplerName, ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return always;
    case 'always_off':
      return never;
    case 'traceidratio':
      return byTraceId(ratio);
    case 'parentbased_always_on':
      return parentBased(always);
    case 'parentbased_always_off':
      return parentBased(never);
    case 'parentbased_traceidratio':
      return parentBased(byTraceId(ratio));
  }
}

const always: Sampler = () => true;
const never: Sampler = () => false;

/** A new record carries its parent's sampled flag until somebody decides otherwise. */
function parentBased(root: Sampler): Sampler {
  return (record) => (record.isRoot ? root(record) : record.sampled);
}

/**
 * Keeps a trace when its randomness R, the right-most 56 bits of the trace id, is not below the rejection threshold
 * T = (1 - ratio) * 2^56. So services with the same ratio agree, and one with a greater ratio keeps at least as much
 * (https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/). The numbers are compared in
 * halves, since a double holds 53 bits only.
 */
function byTraceId(ratio: number): Sampler {
  const threshold = Math.round((1 - ratio) * 2 ** 56);
  const high = Math.floor(threshold / 2 ** 32);
  const low = threshold - high * 2 ** 32;
  return ({ traceId2, traceId3 }) => {
    const randomHigh = traceId2 & 0xff_ffff;
    return randomHigh > high || (randomHigh === high && traceId3 >>> 0 >= low);
  };
}
