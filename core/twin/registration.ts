import type { Twin } from './twin.ts';

/** What the registry says of an asset, or, where it does not know the asset, what the topics of its readings claim. */
export type Registration = Pick<Twin, 'assetType' | 'zone' | 'registered'>;

/**
 * Registered wins over claimed; between equals type and zone are joined each by the smaller bytes, so that all
 * replicas choose alike. Names are ASCII, whose code units sort as their bytes do. Returns `a` itself where `b` adds
 * nothing.
 */
export function joinRegistrations(a: Registration, b: Registration): Registration {
  if (a.registered !== b.registered) {
    return a.registered ? a : b;
  }
  if (a.assetType <= b.assetType && a.zone <= b.zone) {
    return a;
  }
  return {
    assetType: a.assetType <= b.assetType ? a.assetType : b.assetType,
    zone: a.zone <= b.zone ? a.zone : b.zone,
    registered: a.registered,
  };
}
