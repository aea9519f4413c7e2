/** A gateway's configuration as the component uses it: checked, numbers as numbers, units last, defaults filled in. */

import type { AttributeValue } from '../../core/observation.ts';
import type { Priority } from '../ports.ts';

export interface GatewayConfig {
  readonly identity: {
    readonly assetId: string;
    readonly assetType: string;
    readonly zone: string;
    readonly firmwareVersion: string;
  };
  /** Logical stream → what becomes of what arrives on it. */
  readonly streams: Readonly<Record<string, StreamConfig>>;
  readonly sensors: readonly SensorConfig[];
  /** Doors that senders knock on; absent, shut. */
  readonly listeners: {
    readonly http2?: TlsListenerConfig;
    readonly coap?: ListenerConfig;
    readonly grpc?: TlsListenerConfig;
  };
  readonly rules: readonly RuleConfig[];
  readonly twin: {
    /** `redis://host:port` where the configuration names one; used where it answers. */
    readonly redisUrl?: string;
    readonly deltaFramesPerSecondMax: number;
    /** Share of the state, 0 to 1, beyond which all of it is sent. */
    readonly divergenceThreshold: number;
    /** By which the attributes of streams below `occupancy/` are taken to be resolved; the asset type says whether they are. */
    readonly occupancyPolicy: OccupancyPolicy;
  };
  readonly spool: { readonly bytesMax: number; readonly ageMaxMs: number; readonly replayShareMax: number };
  readonly radio: {
    readonly isFecEnabled: boolean;
    readonly retransmitsMax: number;
    readonly backoff: 'exponential' | 'constant';
  };
  readonly power: PowerConfig;
  readonly thermal: ThermalConfig;
  readonly attestation?: AttestationConfig;
}

export type OccupancyPolicy = 'max' | 'mean-3-sigma' | 'manual-review';

export interface StreamConfig {
  readonly priority: Priority;
  /**
   * Field of a sample → attribute of the asset type; one that is not here is called as its attribute. A stream of one value
   * has the one field `value`.
   */
  readonly attributes: Readonly<Record<string, string>>;
}

interface SensorCommon {
  readonly id: string;
  /** Where its samples go. */
  readonly streams: readonly string[];
  /** Silent for longer, it counts as dead. */
  readonly silentMaxMs: number;
  /** Above this it counts as babbling. */
  readonly samplesPerSecondMax: number;
}

export type SensorConfig = ModbusSensorConfig | MqttSensorConfig | CameraConfig | RadioLinkConfig | LorawanSensorConfig;

export interface ModbusSensorConfig extends SensorCommon {
  readonly protocol: 'modbus-tcp';
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  readonly samplingHz: number;
  readonly registers: readonly RegisterConfig[];
}

/** One register, or one bit, and what it means. */
export interface RegisterConfig {
  readonly kind: 'coil' | 'discrete-input' | 'input-register' | 'holding-register';
  /** 0 to 65535, as in the protocol, not as in the manual. */
  readonly address: number;
  readonly type: 'bit' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'float32';
  readonly stream: string;
  readonly field: string;
  /** `presence` turns a detector's bit into a count of the vehicles that came; `value` is taken as it is, if it changes. */
  readonly meaning: 'value' | 'presence';
  readonly scale: number;
  readonly offset: number;
}

export interface MqttSensorConfig extends SensorCommon {
  readonly protocol: 'mqtt';
  /** Of the broker in the cabinet. */
  readonly url: string;
  readonly topic: string;
  readonly fields: readonly string[];
}

/** Counts come from an inference process over the local bus; the stream of pictures is not read here. */
export interface CameraConfig extends SensorCommon {
  readonly protocol: 'rtsp';
  readonly pipeline: string;
  readonly framesPerSecond: number;
  /** On the local bus. */
  readonly topic: string;
}

/** Datagrams of sensors on a radio modem. */
export interface RadioLinkConfig extends SensorCommon {
  readonly protocol: 'udp-radio';
  readonly host: string;
  readonly port: number;
  readonly interleavingDepth: 1 | 2 | 3 | 4 | 5 | 8;
}

export interface LorawanSensorConfig extends SensorCommon {
  readonly protocol: 'lorawan';
  readonly network: 'aws' | 'chirpstack' | 'ttn';
  readonly url: string;
  /** MQTT filter of the network server's uplinks. */
  readonly topic: string;
}

export interface ListenerConfig {
  readonly host: string;
  readonly port: number;
}

export interface TlsListenerConfig extends ListenerConfig {
  /** Absent, in the clear: for loopback, or for a network that nobody else is on. */
  readonly tls?: ListenerTls;
}

/** Files in PEM. */
export interface ListenerTls {
  readonly certificatePath: string;
  readonly keyPath: string;
  /** Only who has a certificate of this authority is let in; absent, anybody. */
  readonly clientCaPath?: string;
}

/** What the gateway decides on its own. */
export interface RuleConfig {
  readonly name: string;
  readonly stream: string;
  readonly field: string;
  readonly relation: '==' | '!=' | '>' | '>=' | '<' | '<=';
  readonly value: AttributeValue;
  /** On the local bus. */
  readonly actuatorTopic: string;
  readonly command: string;
  /** A command that comes later is not to be carried out. */
  readonly validMs: number;
}

export interface PowerConfig {
  /** File with one number, such as one of sysfs; absent, the supply is taken to be good. */
  readonly voltagePath?: string;
  /** Of that number: hwmon gives mV, power supplies in sysfs µV, IPMI V. */
  readonly voltageUnit: 'uV' | 'mV' | 'V';
  readonly pollIntervalMs: number;
  readonly undervoltageMillivolts: number;
  /** So many readings one after another must be too low, so that one glitch is none. */
  readonly confirmReadings: number;
  /** Above the threshold by so much for so long, one more of what was switched off comes back. */
  readonly recoveryMillivolts: number;
  readonly recoveryMs: number;
  /** What intervals are multiplied by meanwhile, but those of critical streams. */
  readonly timerFactor: number;
  readonly retentionMode: 'critical_queue_only' | 'all';
  readonly criticalStreams: readonly string[];
}

export interface ThermalConfig {
  /** File with thousandths of a degree Celsius, such as one of sysfs. */
  readonly temperaturePath?: string;
  /** From here on one thing more is switched off every `recoveryMs`. */
  readonly throttleCelsius: number;
  /** From here downwards for `recoveryMs`, one comes back. */
  readonly recoveryCelsius: number;
  readonly recoveryMs: number;
}

export interface AttestationConfig {
  readonly keyPath: string;
  readonly attester: 'hardware_via_i2c' | 'pkcs11' | 'key-file';
}
