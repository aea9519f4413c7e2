import type { CalibrationStore, EvidenceStore, OpenReviews, ReviewStore } from '../../../core/ports.ts';

/** For cities without an attribute that is reviewed: nothing is known, and who asks for a review is mistaken. */
export const NOTHING_KNOWN: { readonly evidence: EvidenceStore; readonly reviews: ReviewStore } = {
  evidence: { read: async () => new Map() },
  reviews: { read: unasked, watch: unasked, clear: unasked },
};

export const NOTHING_MEASURED: CalibrationStore = { read: async () => [] };

export const NO_OPEN_REVIEWS: OpenReviews = { find: unasked, list: unasked, keep: unasked };

function unasked(): never {
  throw new Error('a review was asked for');
}
