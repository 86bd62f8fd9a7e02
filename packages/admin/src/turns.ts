/** Work in turns: so much in one turn of the event loop, and other waiting work in between. */

/** Makes a function that queues work and runs `perTurn` pieces of it in each turn of the event loop, in order. */
export function createTurns(perTurn: number): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  const run = (): void => {
    const now = waiting.splice(0, perTurn);
    if (waiting.length > 0) setImmediate(run);
    for (const work of now) work();
  };
  return (work) => {
    if (waiting.push(work) === 1) setImmediate(run);
  };
}
