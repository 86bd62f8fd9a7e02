/** The service's resource as the SDK's `Resource`. */
import type { Attributes } from '@opentelemetry/api';
import type { SdkResource } from './node-sdk.js';

/** A resource with these attributes, all of them known. */
export function createSdkResource(attributes: Readonly<Record<string, unknown>>): SdkResource {
  const resource: SdkResource = {
    attributes: { ...attributes } as Attributes,
    asyncAttributesPending: false,
    waitForAsyncAttributes: async () => {},
    getRawAttributes: () => Object.entries(attributes),
    // The other's attributes win, and some of them may not be known yet. Only the SDK's own resources can wait for
    // them, so
    // that the other one takes the rest of ours, which is the same.
    merge: (other: SdkResource | null): SdkResource => {
      if (other === null || other === undefined) return resource;
      const theirs = new Set(other.getRawAttributes().map(([name]) => name));
      return other.merge(createSdkResource(omit(attributes, theirs)));
    },
  };
  return resource;
}

function omit(
  attributes: Readonly<Record<string, unknown>>,
  names: ReadonlySet<unknown>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.has(name)));
}
