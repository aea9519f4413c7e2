/** The sensors of a configuration. A group's name is the writer's own; `protocol` says what a sensor is. */

import { DEPTHS } from '../../core/fec/link.ts';
import { isName, NAME_RULE } from '../../core/schema/names.ts';
import { refuse, within } from './finding.ts';
import type {
  CameraConfig,
  LorawanSensorConfig,
  MqttSensorConfig,
  RadioLinkConfig,
  SensorConfig,
} from './gateway-config.ts';
import { modbusSensor } from './read-modbus.ts';
import {
  choice,
  entryOf,
  isObject,
  list,
  mapped,
  name,
  number,
  object,
  oneOf,
  optional,
  type Read,
  record,
  required,
  text,
  textThat,
  whole,
} from './read.ts';
import { brokerUrl, filter, host, port, sensorFields, withCommon } from './read-sensor.ts';

const LOCAL_BROKER = 'mqtt://127.0.0.1:1883';
const FRAMES_PER_SECOND_MAX = 240;
const FIELDS = { min: 1 };

/** What the network servers publish uplinks on, for all devices of all applications, by their documentation. */
const UPLINK_FILTERS = {
  aws: 'lorawan/aws/+/up',
  chirpstack: 'application/+/device/+/event/up',
  ttn: 'v3/+/devices/+/up',
} as const;

const camera = mapped(
  object({
    ...sensorFields({ maxSilenceSeconds: 60, maxSamplesPerSecond: 500 }),
    protocol: required(oneOf('RTSP')),
    // Of the pictures, for the inference process; nothing here depends on it.
    resolution: optional(textThat((value) => /^[1-9]\d{0,4}x[1-9]\d{0,4}$/.test(value), 'pixels such as 1920x1080')),
    fps: required(number({ min: 0.1, max: FRAMES_PER_SECOND_MAX })),
    ai_pipeline: required(text),
    topic: optional(filter),
  }),
  (said, place): CameraConfig | undefined =>
    withCommon(said, place, (common) => ({
      ...common,
      protocol: 'rtsp',
      pipeline: said.ai_pipeline,
      framesPerSecond: said.fps,
      topic: said.topic ?? `cityweave/cameras/${said.id}/counts`,
    })),
);

const mqttSensor = mapped(
  object({
    ...sensorFields({ maxSilenceSeconds: 900, maxSamplesPerSecond: 100 }),
    protocol: required(oneOf('MQTT')),
    broker_url: optional(brokerUrl, LOCAL_BROKER),
    topic: optional(filter),
    fields: optional(list(name, FIELDS), ['value']),
  }),
  (said, place): MqttSensorConfig | undefined =>
    withCommon(said, place, (common) => ({
      ...common,
      protocol: 'mqtt',
      url: said.broker_url,
      topic: said.topic ?? `sensors/${said.id}`,
      fields: said.fields,
    })),
);

const radioLink = mapped(
  object({
    ...sensorFields({ maxSilenceSeconds: 900, maxSamplesPerSecond: 500 }),
    protocol: required(oneOf('UDP_RADIO')),
    host: optional(host, '127.0.0.1'),
    port: required(port),
    interleaving_depth: optional(
      mapped(
        whole(1, 8),
        (depth, place) =>
          DEPTHS.find((known) => known === depth) ?? refuse(place, depth, `one of ${DEPTHS.join(', ')}`),
      ),
      5,
    ),
  }),
  (said, place): RadioLinkConfig | undefined =>
    withCommon(said, place, (common) => ({
      ...common,
      protocol: 'udp-radio',
      host: said.host,
      port: said.port,
      interleavingDepth: said.interleaving_depth,
    })),
);

const lorawanSensor = mapped(
  object({
    ...sensorFields({ maxSilenceSeconds: 7200, maxSamplesPerSecond: 50 }),
    protocol: required(oneOf('LORAWAN')),
    network: required(oneOf('aws', 'chirpstack', 'ttn')),
    broker_url: optional(brokerUrl, LOCAL_BROKER),
    topic: optional(filter),
  }),
  (said, place): LorawanSensorConfig | undefined =>
    withCommon(said, place, (common) => ({
      ...common,
      protocol: 'lorawan',
      network: said.network,
      url: said.broker_url,
      topic: said.topic ?? UPLINK_FILTERS[said.network],
    })),
);

const protocol = choice<Read<SensorConfig>>({
  MODBUS_TCP: modbusSensor,
  MQTT: mqttSensor,
  RTSP: camera,
  UDP_RADIO: radioLink,
  LORAWAN: lorawanSensor,
});

const sensor: Read<SensorConfig> = (value, place) => {
  if (!isObject(value)) return refuse(place, value, 'an object of id, protocol and what the protocol asks for');
  return protocol(entryOf(value, 'protocol'), within(place, 'protocol'))?.(value, place);
};

/** `sensors`: group → sensors, no two of which are called the same. */
export const sensors: Read<readonly SensorConfig[]> = mapped(
  record(isName, NAME_RULE, (value, place) => list(sensor)(value ?? [], place)),
  (groups, place) => {
    const seen = new Set<string>();
    for (const [group, members] of Object.entries(groups)) {
      for (const [index, { id }] of members.entries()) {
        const there = [group, index, 'id'].reduce(within, place);
        if (seen.has(id)) return refuse(there, id, 'an id that no other sensor has');
        seen.add(id);
      }
    }
    return Object.values(groups).flat();
  },
);
