export const MQTT_AUTHORIZER_VARIABLES = ['USER_POOL_ID', 'USER_POOL_CLIENT_ID', 'SCOPE', 'IOT_ARN'] as const;

/** Name of the query parameter, or header, that holds the token. */
export const TOKEN_KEY_NAME = 'token';

/**
 * Client ids of those that come with a token begin like this. Two connections of one client id end each other, so a
 * viewer that could choose any would cut devices off.
 */
export const VIEWER_PREFIX = 'viewer-';
