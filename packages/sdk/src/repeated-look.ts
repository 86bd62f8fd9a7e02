/** Looks for later changes by the application that no event reports. */

/** A service whose modules take longer than this to load is looked at once more at its end. */
const LOOKS = 30;
const LOOK_INTERVAL_MS = 1000;

export interface RepeatedLook {
  /** Looks a last time. */
  close(): void;
}

/** Calls `look` each second for half a minute and at `close()`, until it returns true. It keeps no process alive. */
export function lookRepeatedly(look: () => boolean): RepeatedLook {
  let looks = 0;
  let isDone = false;
  const timer = setInterval(lookOnce, LOOK_INTERVAL_MS).unref();

  function lookOnce(): void {
    isDone = look();
    if (isDone || ++looks >= LOOKS) clearInterval(timer);
  }

  return {
    close() {
      clearInterval(timer);
      if (!isDone) lookOnce();
    },
  };
}
