/** Access to the headers of a carrier: a request or a message. */

/** How the headers of one kind of carrier are read and changed; names are lower-case. */
export interface HeaderAccess<Carrier> {
  readonly has: (carrier: Carrier, name: string) => boolean;
  /** Several headers of one name count as one list, joined by commas. */
  readonly get: (carrier: Carrier, name: string) => string | undefined;
  readonly add: (carrier: Carrier, name: string, value: string) => void;
  readonly remove: (carrier: Carrier, name: string) => void;
}
