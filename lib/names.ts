/** First part of every physical name and of every OAuth scope, so that an account's inventory sorts by project. */
export const PROJECT = 'cityweave';

/** Schemas of binary readings that were registered while the platform ran; the command line writes it. */
export const SCHEMAS_TABLE = `${PROJECT}-schemas`;

/** Keys that gateways sign readings with; the command line writes it. */
export const KEYS_TABLE = `${PROJECT}-keys`;
