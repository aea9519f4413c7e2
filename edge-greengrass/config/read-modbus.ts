import { type Place, refuse, within } from './finding.ts';
import type { ModbusSensorConfig, RegisterConfig } from './gateway-config.ts';
import {
  choice,
  list,
  mapped,
  name,
  number,
  object,
  oneOf,
  optional,
  quantity,
  type Read,
  required,
  whole,
} from './read.ts';
import { host, port, sensorFields, withCommon } from './read-sensor.ts';
import { stream } from './stream-name.ts';

/** MODBUS Application Protocol 1.1b3, section 6: addresses have 16 bits. */
const ADDRESS_MAX = 65_535;
/** MODBUS Messaging on TCP/IP Implementation Guide 1.0b, section 4.4.2.5: 255 or 0 is the device itself. */
const UNIT_MAX = 255;
const MODBUS_PORT = 502;
const REGISTERS_MAX = 125;
/** A timer of Node ticks no faster. */
const SAMPLING_HZ_MAX = 1000;
const SAMPLING_HZ_MIN = 0.001;
const SCALE_MAX = 1e9;

const WORDS = { bit: 1, uint16: 1, int16: 1, uint32: 2, int32: 2, float32: 2 } as const;

const registerFields = object({
  kind: required(
    choice<RegisterConfig['kind']>({
      coil: 'coil',
      discrete_input: 'discrete-input',
      input_register: 'input-register',
      holding_register: 'holding-register',
    }),
  ),
  address: required(whole(0, ADDRESS_MAX)),
  type: optional(oneOf('bit', 'uint16', 'int16', 'uint32', 'int32', 'float32')),
  output_topic: optional(stream),
  field: optional(name, 'value'),
  meaning: optional(oneOf('value', 'presence'), 'value'),
  scale: optional(number({ min: -SCALE_MAX, max: SCALE_MAX }), 1),
  offset: optional(number({ min: -SCALE_MAX, max: SCALE_MAX }), 0),
});

type SaidOfRegister = NonNullable<ReturnType<typeof registerFields>>;
/** Without the stream, where it goes where all of the sensor's go. */
type OpenRegister = Omit<RegisterConfig, 'stream'> & { readonly stream: string | undefined };

const register: Read<OpenRegister> = mapped(registerFields, toRegister);

function toRegister(said: SaidOfRegister, place: Place): OpenRegister | undefined {
  const { kind, address, field, meaning, scale, offset } = said;
  const isBit = kind === 'coil' || kind === 'discrete-input';
  const type = said.type ?? (isBit ? 'bit' : 'uint16');
  if ((type === 'bit') !== isBit) {
    return refuse(
      within(place, 'type'),
      type,
      isBit ? 'bit, for a coil or a discrete input' : 'a type of 16 or 32 bits, for a register',
    );
  }
  if (meaning === 'presence' && !isBit) {
    return refuse(
      within(place, 'meaning'),
      meaning,
      'value, for a register',
      'presence is for a bit that is set while a vehicle stands there',
    );
  }
  if (address + WORDS[type] - 1 > ADDRESS_MAX) {
    return refuse(
      within(place, 'address'),
      address,
      `at most ${ADDRESS_MAX + 1 - WORDS[type]}, for ${WORDS[type]} registers`,
    );
  }
  return { kind, address, type, stream: said.output_topic, field, meaning, scale, offset };
}

/** A loop detector's relay, as its maker leaves it: the first discrete input is set while a vehicle stands on the loop. */
const PRESENCE: OpenRegister = {
  kind: 'discrete-input',
  address: 0,
  type: 'bit',
  stream: undefined,
  field: 'value',
  meaning: 'presence',
  scale: 1,
  offset: 0,
};

export const modbusSensor: Read<ModbusSensorConfig> = mapped(
  object({
    ...sensorFields({ maxSilenceSeconds: 30, maxSamplesPerSecond: 1000 }),
    protocol: required(oneOf('MODBUS_TCP')),
    host: optional(host),
    port: optional(port, MODBUS_PORT),
    unit_id: optional(whole(0, UNIT_MAX), 1),
    sampling_rate: required(quantity('Hz', SAMPLING_HZ_MIN, SAMPLING_HZ_MAX)),
    registers: optional(list(register, { min: 1, max: REGISTERS_MAX }), [PRESENCE]),
  }),
  (said, place) =>
    withCommon(said, place, (common): ModbusSensorConfig => {
      const registers = said.registers.map((each) => ({ ...each, stream: each.stream ?? common.streams[0] }));
      return {
        ...common,
        protocol: 'modbus-tcp',
        host: said.host ?? said.id,
        port: said.port,
        unitId: said.unit_id,
        samplingHz: said.sampling_rate,
        registers,
        streams: [...new Set([...common.streams, ...registers.map((each) => each.stream)])],
      };
    }),
);
