/** The account of the lines that did not reach the output, and of those that a line in the output reports. */

/** A line about dropped lines that still waits: its end in the bytes queued so far, and its number. */
interface Notice {
  readonly endsAt: number;
  readonly count: number;
}

export class DroppedLines {
  readonly #notices: Notice[] = [];
  #total = 0;
  #unstated = 0;

  /** All of them so far. */
  get total(): number {
    return this.#total;
  }

  /** Those that no notice has stated yet. */
  get unstated(): number {
    return this.#unstated;
  }

  /** Those that no notice in the output states. */
  get unreported(): number {
    return this.#notices.reduce((sum, { count }) => sum + count, this.#unstated);
  }

  /** Notices that are queued and have not arrived. */
  get waitingNotices(): number {
    return this.#notices.length;
  }

  add(lines: number): void {
    this.#total += lines;
    this.#unstated += lines;
  }

  /** Those that are to be stated now. */
  takeUnstated(): number {
    const count = this.#unstated;
    this.#unstated = 0;
    return count;
  }

  /** A notice of `count` lines is queued, up to the byte `endsAt` of all that was ever queued. */
  addNotice(endsAt: number, count: number): void {
    this.#notices.push({ endsAt, count });
  }

  /** All up to the byte `writtenBytes` is written: the notices in it have arrived. */
  settle(writtenBytes: number): void {
    while (this.#notices[0] !== undefined && this.#notices[0].endsAt <= writtenBytes) this.#notices.shift();
  }

  /**
   * The waiting lines, `lines` with the notices among them, will never be written: their numbers are unreported again.
   */
  lose(lines: number): void {
    this.add(lines - this.#notices.length);
    for (const { count } of this.#notices) this.#unstated += count;
    this.#notices.length = 0;
  }
}
