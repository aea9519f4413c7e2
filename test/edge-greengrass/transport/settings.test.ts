import { expect, it } from 'vitest';
import { readTransportSettings } from '../../../edge-greengrass/transport/settings.ts';

const NUCLEUS = {
  AWS_IOT_THING_NAME: 'gw-1',
  AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT: '/run/ipc.socket',
  SVCUID: 'token',
};
const MTLS = {
  CITYWEAVE_THING_NAME: 'gw-1',
  CITYWEAVE_MQTT_URL: 'mqtts://iot.test:8883',
  CITYWEAVE_CERTIFICATE: 'cert.pem',
  CITYWEAVE_PRIVATE_KEY: 'key.pem',
};

it('is Greengrass where a nucleus started the component, lite unless the recipe says otherwise', () => {
  const greengrass = { kind: 'greengrass', thingName: 'gw-1', socketPath: '/run/ipc.socket', authToken: 'token' };
  expect(readTransportSettings(NUCLEUS)).toEqual({ ...greengrass, nucleus: 'lite' });
  expect(readTransportSettings({ ...NUCLEUS, CITYWEAVE_NUCLEUS: 'classic' })).toEqual({
    ...greengrass,
    nucleus: 'classic',
  });
});

it('is MQTT where an address is given, also beside a nucleus', () => {
  expect(readTransportSettings({ ...NUCLEUS, ...MTLS, CITYWEAVE_CA: 'ca.pem' })).toEqual({
    kind: 'mqtt',
    thingName: 'gw-1',
    url: 'mqtts://iot.test:8883',
    payloadBytesMax: 131_072,
    tls: { certificatePath: 'cert.pem', privateKeyPath: 'key.pem', caPath: 'ca.pem' },
  });
});

it('may be in the clear on this machine only', () => {
  const plain = { CITYWEAVE_THING_NAME: 'gw-1', CITYWEAVE_MQTT_URL: 'mqtt://127.0.0.1:1883' };
  expect(readTransportSettings(plain)).toMatchObject({ kind: 'mqtt', url: 'mqtt://127.0.0.1:1883' });
  for (const url of ['mqtt://10.0.0.1:1883', 'mqtt://127.example.org', 'http://127.0.0.1', 'nonsense']) {
    const read = readTransportSettings({ ...plain, CITYWEAVE_MQTT_URL: url });
    expect(read).toHaveProperty('refused', expect.stringContaining(url));
  }
});

it('says what is missing or does not fit, in one line', () => {
  const refusals = [
    [{}, 'AWS_IOT_THING_NAME'],
    [{ AWS_IOT_THING_NAME: 'gw-1' }, 'CITYWEAVE_MQTT_URL'],
    [{ ...NUCLEUS, CITYWEAVE_NUCLEUS: 'heavy' }, '"heavy"'],
    [{ ...MTLS, CITYWEAVE_PRIVATE_KEY: undefined }, 'CITYWEAVE_PRIVATE_KEY'],
    [{ ...MTLS, CITYWEAVE_PAYLOAD_BYTES_MAX: '1023' }, '"1023"'],
    [{ ...MTLS, CITYWEAVE_PAYLOAD_BYTES_MAX: '131073' }, '"131073"'],
    [{ ...MTLS, CITYWEAVE_PAYLOAD_BYTES_MAX: '4k' }, '"4k"'],
  ] as const;
  for (const [environment, named] of refusals) {
    expect(readTransportSettings(environment)).toEqual({ refused: expect.stringContaining(named) });
  }
});

it.for([1024, 131_072])('takes a payload size of %i', (bytes) => {
  const settings = readTransportSettings({ ...MTLS, CITYWEAVE_PAYLOAD_BYTES_MAX: String(bytes) });
  expect(settings).toHaveProperty('payloadBytesMax', bytes);
});
