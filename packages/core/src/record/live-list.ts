/**
 * Work in flight, in no order. A `Set` or a `Map` would do. But V8 replaces their tables every few hundred additions,
 * and each old table refers to the next: after one of them is promoted, all later ones are, with their contents. Under
 * load the old generation grew by 200 kB with every collection of the young one. Here one array stays, and each member
 * knows its place in it.
 */

/** Its contents at the start of an iteration, despite removals meanwhile. */
export interface LiveList<Member extends object> extends Iterable<Member> {
  readonly size: number;
  /** Adds a member and returns whether it was not there before. */
  add(member: Member): boolean;
  /** Does nothing if it is not there. */
  remove(member: Member): void;
  clear(): void;
}

type Placed = Record<PropertyKey, number | undefined>;

/**
 * `placeKey` is the property under which each member has its place; it belongs to this list alone. -1 and nothing mean
 * that it has none.
 */
export function createLiveList<Member extends object>(placeKey: PropertyKey): LiveList<Member> {
  // The first `size` are taken; the rest is room that has been used before.
  const members: (Placed | undefined)[] = [];
  let size = 0;

  const remove = (member: Member): void => {
    const removed = member as Placed;
    const place = removed[placeKey] ?? -1;
    if (place === -1) return;
    const last = members[--size] as Placed;
    members[place] = last;
    last[placeKey] = place;
    members[size] = undefined;
    removed[placeKey] = -1;
  };

  return {
    get size() {
      return size;
    },
    [Symbol.iterator]: () => (members.slice(0, size) as object[] as Member[]).values(),
    add: (member) => {
      const added = member as Placed;
      if ((added[placeKey] ?? -1) !== -1) return false;
      added[placeKey] = size;
      members[size++] = added;
      return true;
    },
    remove,
    clear: () => {
      for (const member of members.slice(0, size)) remove(member as object as Member);
    },
  };
}
