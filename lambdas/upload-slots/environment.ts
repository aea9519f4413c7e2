export const UPLOAD_SLOTS_VARIABLES = ['UPLOADS_BUCKET'] as const;

export const UPLOAD_SLOTS_METRICS = { granted: 'UploadSlotsGranted', refused: 'UploadSlotsRefused' } as const;

/** Where the bucket's keys begin. */
export const UPLOADS_PREFIX = 'uploads/';
