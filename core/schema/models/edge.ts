/** What an edge gateway reports: the junction whose sensors it reads, and how it does itself. */

import type { AssetType, AttributeType } from '../city-config.ts';
import { FRACTION_RANGE, HOUR_MS, MINUTE_MS, SECOND_MS } from './limits.ts';
import { SCENE } from './scene.ts';
import { WeatherObserved } from './weather.ts';

const COUNT_MAX = 1_000_000_000;

/** A counter of the gateway's, from its start on. */
const counter = {
  kind: 'number',
  unit: 'C62',
  integer: true,
  range: [0, COUNT_MAX],
  policy: 'latest',
  maxAgeMs: 5 * MINUTE_MS,
  reporting: 'state',
} as const;

const weather = (name: string): AttributeType => {
  const attribute = WeatherObserved.attributes[name];
  if (!attribute) throw new TypeError(`WeatherObserved has no attribute ${name}`);
  return attribute;
};

export const TrafficJunction: AssetType = {
  description: 'A crossing with everything that is mounted at it: loops, cameras, a weather mast.',
  model: 'cityweave',
  attributes: {
    vehicleCount: {
      description: 'Vehicles within the junction at one instant.',
      kind: 'number',
      unit: 'C62',
      integer: true,
      range: [0, 1000],
      policy: 'max',
      maxAgeMs: MINUTE_MS,
      tolerance: 1,
      reporting: 'state',
    },
    trafficFlow: {
      description: 'Vehicles an hour over the stop lines.',
      kind: 'number',
      unit: 'C62',
      range: [0, 20_000],
      policy: 'max',
      maxAgeMs: 5 * MINUTE_MS,
      tolerance: 10,
      reporting: 'state',
    },
    loopCount: {
      description: 'Vehicles that one inductive loop has counted since its gateway started.',
      kind: 'number',
      unit: 'C62',
      integer: true,
      range: [0, COUNT_MAX],
      policy: 'latest',
      maxAgeMs: 15 * MINUTE_MS,
      reporting: 'log',
    },
    averageVehicleSpeed: {
      description: 'Mean speed of those that passed.',
      kind: 'number',
      unit: 'KMH',
      range: [0, 250],
      policy: 'latest',
      maxAgeMs: 15 * MINUTE_MS,
      tolerance: 5,
      reporting: 'state',
    },
    queueLength: {
      description: 'Vehicles that wait at the longest approach.',
      kind: 'number',
      unit: 'C62',
      integer: true,
      range: [0, 500],
      policy: 'max',
      maxAgeMs: MINUTE_MS,
      tolerance: 2,
      reporting: 'state',
    },
    /**
     * At the junction one detector that hears a siren is enough for the rule that clears the way. What is shown where they
     * disagree is on the same side: a green wave too many costs half a minute, one too few may cost a life. The signal
     * controller keeps its clearance times whatever this says.
     */
    emergencyVehicleApproaching: {
      description: 'Whether an emergency vehicle on a call comes towards the junction.',
      kind: 'boolean',
      policy: 'manual-review',
      safetyCritical: true,
      failSafe: true,
      disagreeMaxMs: 15 * SECOND_MS,
      maxAgeMs: 30 * SECOND_MS,
      reporting: 'log',
    },
    temperature: weather('temperature'),
    precipitation: weather('precipitation'),
    windSpeed: weather('windSpeed'),
    ...SCENE,
  },
};

export const EdgeGateway: AssetType = {
  description: 'A gateway in its cabinet: its supply, its line and what waits behind it.',
  model: 'cityweave',
  attributes: {
    operatingMode: {
      description: 'What it still reads and sends.',
      kind: 'string',
      values: ['normal', 'recovering', 'throttled', 'critical_queue_only'],
      policy: 'latest',
      maxAgeMs: 5 * MINUTE_MS,
      reporting: 'log',
    },
    supplyVoltage: {
      description: 'Of the supply.',
      kind: 'number',
      unit: 'VLT',
      range: [0, 1000],
      policy: 'latest',
      maxAgeMs: 5 * MINUTE_MS,
      tolerance: 0.1,
      reporting: 'state',
    },
    temperature: {
      description: 'Of its processor.',
      kind: 'number',
      unit: 'CEL',
      range: [-55, 150],
      policy: 'latest',
      maxAgeMs: 5 * MINUTE_MS,
      tolerance: 1,
      reporting: 'state',
    },
    linkQuality: {
      description: 'Share of what it published lately that the next hop acknowledged.',
      kind: 'number',
      unit: 'C62',
      range: FRACTION_RANGE,
      policy: 'latest',
      maxAgeMs: 5 * MINUTE_MS,
      tolerance: 0.05,
      reporting: 'state',
    },
    lastSyncAge: {
      description: 'Since the cloud last acknowledged anything.',
      kind: 'number',
      unit: 'SEC',
      range: [0, COUNT_MAX],
      policy: 'latest',
      maxAgeMs: 5 * MINUTE_MS,
      tolerance: 10,
      reporting: 'state',
    },
    spooledCritical: { ...counter, description: 'Critical readings that the cloud has not acknowledged yet.' },
    spooledNormal: { ...counter, description: 'Normal readings that the cloud has not acknowledged yet.' },
    spooledLow: { ...counter, description: 'Readings of low priority that the cloud has not acknowledged yet.' },
    droppedReadings: {
      ...counter,
      description: 'Readings it had taken and had to give up: for want of space, by age, or damaged on its disk.',
    },
    refusedReadings: { ...counter, description: 'Readings it did not take, for whatever reason.' },
    suspendedReadings: { ...counter, description: 'Readings of streams that were not read at the time.' },
    spoolFault: {
      description: 'Why its disk takes nothing, such as ENOSPC; `none` where it does.',
      kind: 'string',
      policy: 'latest',
      maxAgeMs: HOUR_MS,
      reporting: 'state',
    },
    sensors: { ...counter, description: 'Sensors it reads.' },
    sensorsDead: { ...counter, description: 'Sensors that have said nothing for too long.' },
    sensorsBabbling: { ...counter, description: 'Sensors that said too much and are shut off for a while.' },
    commandsUnanswered: { ...counter, description: 'Commands that their actuator did not acknowledge in time.' },
    commandAnswered: {
      description: 'What became of a command: its id, and `taken`, `expired` or `refused`.',
      kind: 'string',
      policy: 'latest',
      maxAgeMs: HOUR_MS,
      reporting: 'log',
    },
    firmwareVersion: {
      description: 'As its configuration names it.',
      kind: 'string',
      policy: 'latest',
      maxAgeMs: 24 * HOUR_MS,
      reporting: 'state',
    },
  },
};
