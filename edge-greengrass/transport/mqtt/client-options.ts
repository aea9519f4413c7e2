import { readFileSync } from 'node:fs';
import type { IClientOptions } from 'mqtt';
import type { MqttSettings } from '../settings.ts';

const KEEPALIVE_S = 30;
const CONNECT_TIMEOUT_MS = 10_000;

/** By which AWS IoT Core knows on port 443 that the client speaks MQTT with a certificate. */
const ALPN_PROTOCOL = 'x-amzn-mqtt-ca';
const ALPN_PORT = 443;

/** Throws where a file that the settings name cannot be read. */
export function clientOptions({ url, thingName, tls }: MqttSettings): IClientOptions {
  return {
    clientId: thingName,
    protocolVersion: 4,
    clean: false,
    resubscribe: false,
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Its own reconnection knows one wait for all; the transport has a better one.
    reconnectPeriod: 0,
    queueQoSZero: false,
    ...(tls === undefined ? {} : tlsOptions(tls, Number(new URL(url).port))),
  };
}

function tlsOptions(tls: NonNullable<MqttSettings['tls']>, port: number): IClientOptions {
  return {
    cert: readFileSync(tls.certificatePath),
    key: readFileSync(tls.privateKeyPath),
    // Without one, those that Node knows, Amazon's among them.
    ...(tls.caPath === undefined ? {} : { ca: readFileSync(tls.caPath) }),
    ...(port === ALPN_PORT ? { ALPNProtocols: [ALPN_PROTOCOL] } : {}),
  };
}
