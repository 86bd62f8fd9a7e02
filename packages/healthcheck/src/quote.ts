/** User input in a message. */

const MAX_CHARACTERS = 80;

/** In quotes on one line, not longer than a line. */
export function quote(text: string): string {
  // No more than needed of a long text; a character has two units at most.
  const characters = [...text.slice(0, 2 * MAX_CHARACTERS + 2)];
  return JSON.stringify(characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS).join('')}…` : text);
}
