/** First part of every physical name and of every OAuth scope, so that an account's inventory sorts by project. */
export const PROJECT = 'cityweave';
