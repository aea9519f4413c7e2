export const REVIEW_OPENER_VARIABLES = ['TWINS_TABLE', 'REVIEWS_TABLE', 'CALIBRATIONS_TABLE'] as const;

export const REVIEW_OPENER_METRICS = {
  /** As of now, of the whole city. */
  open: 'ReviewsOpen',
  opened: 'ReviewsOpened',
  failed: 'ReviewsFailed',
} as const;

/** Where a notice goes of each review that is opened; the asset's zone follows. */
export const REVIEWS_TOPIC = 'reviews/';
