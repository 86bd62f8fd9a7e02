/**
 * The texts of the metrics that are on their way to callers, bounded: callers who do not read must not hold one each.
 */

/** A text that is in memory until it is released. */
export interface SharedText {
  readonly text: string;
  /** A second call does nothing. */
  release(): void;
}

/** Texts at a time that differ. Two replicas of Prometheus and a person get one each. */
const MAX_TEXTS = 3;

interface KeptText {
  readonly text: string;
  users: number;
}

/**
 * Gives the metrics as `read` has them now. If callers have not read the `MAX_TEXTS` texts that they were given, it
 * gives the last of those again: it is older, by the time limit of such callers, and costs no memory.
 */
export function shareExposition(read: () => Promise<string>): () => Promise<SharedText> {
  // In the order of their making.
  const kept = new Set<KeptText>();
  let reading: Promise<KeptText> | undefined;

  const readNow = async (): Promise<KeptText> => {
    try {
      const made: KeptText = { text: await read(), users: 0 };
      kept.add(made);
      return made;
    } finally {
      reading = undefined;
    }
  };

  const share = (one: KeptText): SharedText => {
    let held = true;
    one.users++;
    return {
      text: one.text,
      release: () => {
        if (!held) return;
        held = false;
        if (--one.users === 0) kept.delete(one);
      },
    };
  };

  return async () => {
    if (reading === undefined && kept.size >= MAX_TEXTS) return share([...kept].at(-1) as KeptText);
    reading ??= readNow();
    return share(await reading);
  };
}
