import { NUCLEI, type Nucleus } from './greengrass/limits.ts';

/** AWS IoT Core takes no more in a message. */
const PAYLOAD_BYTES_MAX = 128 * 1024;
const PAYLOAD_BYTES_MIN = 1024;

export interface GreengrassSettings {
  readonly kind: 'greengrass';
  readonly thingName: string;
  readonly socketPath: string;
  readonly authToken: string;
  readonly nucleus: Nucleus;
  /** Less than the nucleus would take, where somebody says so. */
  readonly payloadBytesMax?: number;
}

export interface MqttSettings {
  readonly kind: 'mqtt';
  /** Also the client id. */
  readonly thingName: string;
  /** `mqtts://host:port`, or `mqtt://` on this machine. */
  readonly url: string;
  readonly payloadBytesMax: number;
  readonly tls?: { readonly certificatePath: string; readonly privateKeyPath: string; readonly caPath?: string };
}

export type TransportSettings = GreengrassSettings | MqttSettings;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Which line the environment asks for. `CITYWEAVE_MQTT_URL` asks for MQTT, else the two variables of the nucleus for
 * Greengrass; docs/edge-deployment.md lists them all. What does not fit is refused with one line that says how to mend it.
 */
export function readTransportSettings(environment: Environment): TransportSettings | { readonly refused: string } {
  const thingName = environment['CITYWEAVE_THING_NAME'] ?? environment['AWS_IOT_THING_NAME'];
  if (thingName === undefined || thingName === '') {
    return { refused: 'AWS_IOT_THING_NAME: not set; the nucleus sets it, elsewhere set CITYWEAVE_THING_NAME' };
  }
  const payloadBytesMax = readPayloadBytesMax(environment);
  if (typeof payloadBytesMax === 'object') return payloadBytesMax;

  const url = environment['CITYWEAVE_MQTT_URL'];
  return url === undefined
    ? readGreengrass(environment, thingName, payloadBytesMax)
    : readMqtt(environment, thingName, url, payloadBytesMax ?? PAYLOAD_BYTES_MAX);
}

function readPayloadBytesMax(environment: Environment): number | undefined | { readonly refused: string } {
  const text = environment['CITYWEAVE_PAYLOAD_BYTES_MAX'];
  if (text === undefined) return undefined;
  const bytes = Number(text);
  return Number.isInteger(bytes) && bytes >= PAYLOAD_BYTES_MIN && bytes <= PAYLOAD_BYTES_MAX
    ? bytes
    : {
        refused: `CITYWEAVE_PAYLOAD_BYTES_MAX: got ${JSON.stringify(text)}, expected ${PAYLOAD_BYTES_MIN} to ${PAYLOAD_BYTES_MAX}`,
      };
}

function readGreengrass(
  environment: Environment,
  thingName: string,
  payloadBytesMax: number | undefined,
): GreengrassSettings | { readonly refused: string } {
  const socketPath = environment['AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT'];
  const authToken = environment['SVCUID'];
  if (!socketPath || !authToken) {
    return { refused: 'neither CITYWEAVE_MQTT_URL is set nor what a Greengrass nucleus sets for its components' };
  }
  // The smaller of the two, where nobody says: what lite takes, classic takes too.
  const name = environment['CITYWEAVE_NUCLEUS'] ?? 'lite';
  const nucleus = NUCLEI.find((known) => known === name);
  if (nucleus === undefined) {
    return { refused: `CITYWEAVE_NUCLEUS: got ${JSON.stringify(name)}, expected one of ${NUCLEI.join(', ')}` };
  }
  return {
    kind: 'greengrass',
    thingName,
    socketPath,
    authToken,
    nucleus,
    ...(payloadBytesMax === undefined ? {} : { payloadBytesMax }),
  };
}

function readMqtt(
  environment: Environment,
  thingName: string,
  url: string,
  payloadBytesMax: number,
): MqttSettings | { readonly refused: string } {
  const { protocol, hostname } = URL.parse(url) ?? {};
  if (protocol === 'mqtt:') {
    return isThisMachine(hostname)
      ? { kind: 'mqtt', thingName, url, payloadBytesMax }
      : { refused: `CITYWEAVE_MQTT_URL: ${url} is in the clear, which is for this machine only; expected mqtts://` };
  }
  if (protocol !== 'mqtts:') {
    return {
      refused: `CITYWEAVE_MQTT_URL: got ${JSON.stringify(url)}, expected mqtts://host:8883 or mqtts://host:443`,
    };
  }
  const certificatePath = environment['CITYWEAVE_CERTIFICATE'];
  const privateKeyPath = environment['CITYWEAVE_PRIVATE_KEY'];
  const caPath = environment['CITYWEAVE_CA'];
  if (!certificatePath || !privateKeyPath) {
    return { refused: `CITYWEAVE_CERTIFICATE and CITYWEAVE_PRIVATE_KEY: both must name a PEM file for ${url}` };
  }
  const tls = { certificatePath, privateKeyPath, ...(caPath ? { caPath } : {}) };
  return { kind: 'mqtt', thingName, url, payloadBytesMax, tls };
}

function isThisMachine(hostname: string | undefined): boolean {
  return hostname !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
