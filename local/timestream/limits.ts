/**
 * Limits of Timestream for LiveAnalytics.
 * Source: AWS, Timestream developer guide, page "Quotas" (ts-limits), and the API reference of Write and Query.
 */

export const RECORDS_PER_REQUEST_MAX = 100;

/** Per table, and so per record. */
export const DIMENSIONS_MAX = 128;
export const DIMENSION_NAME_BYTES_MAX = 60;
/** Names and values of all dimensions of one series together. */
export const SERIES_BYTES_MAX = 2048;

export const MEASURE_NAME_BYTES_MAX = 256;
export const MEASURE_NAMES_PER_TABLE_MAX = 8192;
export const MEASURES_PER_RECORD_MAX = 256;
/** Distinct attributes over all multi-measure records of a table. */
export const MEASURES_PER_TABLE_MAX = 1024;
export const MEASURE_VALUE_BYTES_MAX = 2048;
/** Values of all measures of one record together. */
export const RECORD_VALUE_BYTES_MAX = 2048;

export const FUTURE_INGESTION_MS = 15 * 60_000;
export const VERSION_MIN = 1n;
export const VERSION_MAX = 2n ** 63n - 1n;
export const TIME_MAX_NS = 2n ** 63n - 1n;

export const MEMORY_RETENTION_HOURS = { min: 1, max: 8766, default: 6 };
export const MAGNETIC_RETENTION_DAYS = { min: 1, max: 73_000, default: 73_000 };

/** Of databases and tables. */
export const RESOURCE_NAME = /^[A-Za-z0-9_.-]{3,256}$/;
export const LIST_PAGE_MAX = 20;

export const QUERY_BYTES_MAX = 256 * 1024;
export const QUERY_ROWS_PER_PAGE_MAX = 1000;
export const QUERY_PAGE_BYTES_MAX = 1_000_000;
export const CLIENT_TOKEN_CHARACTERS = { min: 32, max: 128 };
