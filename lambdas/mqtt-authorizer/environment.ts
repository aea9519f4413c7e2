export const MQTT_AUTHORIZER_VARIABLES = ['USER_POOL_ID', 'USER_POOL_CLIENT_ID', 'SCOPE', 'IOT_ARN'] as const;

/** Name of the query parameter, or header, that holds the token. */
export const TOKEN_KEY_NAME = 'token';
