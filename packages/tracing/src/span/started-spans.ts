/** How many spans were started, by the sampler's decision. */

export interface StartedSpans {
  readonly sampled: number;
  readonly unsampled: number;
  /** Those that are sampled, less those that were taken back. */
  readonly created: number;
  add(sampled: boolean): void;
  /** One that was added is left out. A counter never goes back: the next that is added is not counted in its place. */
  takeBack(sampled: boolean): void;
}

/** None as yet. */
export function createStartedSpans(): StartedSpans {
  const sampled = createCount();
  const unsampled = createCount();
  return {
    get sampled() {
      return sampled.value;
    },
    get unsampled() {
      return unsampled.value;
    },
    get created() {
      return sampled.net;
    },
    add: (isSampled) => (isSampled ? sampled : unsampled).add(),
    takeBack: (isSampled) => (isSampled ? sampled : unsampled).takeBack(),
  };
}

function createCount(): { readonly value: number; readonly net: number; add(): void; takeBack(): void } {
  let value = 0;
  let takenBack = 0;
  return {
    get value() {
      return value;
    },
    get net() {
      return value - takenBack;
    },
    add: () => {
      if (takenBack > 0) takenBack--;
      else value++;
    },
    takeBack: () => {
      takenBack++;
    },
  };
}
