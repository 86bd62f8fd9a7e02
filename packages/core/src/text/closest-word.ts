/** The word that was probably meant. */

/**
 * The closest of `words`, if few enough letters have to be changed: at most a third of them, and two for short words.
 */
export function closestWord(word: string, words: readonly string[]): string | undefined {
  // A longer word is not mistyped by this much, and the distance takes time in proportion to the lengths.
  if (word.length > 60) return undefined;
  const nearest = words
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (nearest === undefined) return undefined;
  const limit = Math.min(Math.max(2, Math.floor(word.length / 3)), nearest.candidate.length - 1);
  return nearest.distance <= limit ? nearest.candidate : undefined;
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours, each counted as one.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const distance = Math.min(
        (row[j - 1] as number) + 1,
        (last[j] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(swapped ? Math.min(distance, (beforeLast[j - 2] as number) + 1) : distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}
