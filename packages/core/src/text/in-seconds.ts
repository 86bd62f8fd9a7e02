/** A duration for people, as health and the probe print it: `11.4 s`. */
export function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
