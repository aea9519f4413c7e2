import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type GatewayFigures,
  type GatewaySettings,
  type LoadPorts,
  type LoadSettings,
  THING,
  ZONE,
} from './edge/settings.ts';
import { withTemporaryDirectory } from './support/local-cloud.ts';
import { type Benchmark, rounded, type Table } from './support/report.ts';
import { percentile, slopeOf } from './support/statistics.ts';

const READINGS_PER_SECOND = 2000;
const LOOPS = 8;
const WEATHER_SENSORS = 50;
const SAMPLE_MS = 1000;
/** The flood lasts so much less than the steady load. */
const FLOOD_SHARE = 4;
/** Until the code is compiled and the buffers have grown; what is measured begins then. */
const WARM_UP_SAMPLES = 5;
const MIB = 2 ** 20;
/** As in a cabinet, where V8 must not take the whole board's memory for idle: it collects late otherwise. */
const HEAP = ['--max-old-space-size=96', '--max-semi-space-size=8'] as const;

/**
 * One gateway under a steady load for `seconds`: 2000 readings a second by MQTT, eight inductive loops polled at 100 Hz,
 * a siren that is heard five times a second whose command is timed from the sensor's process to the actuator. And then the same while
 * readings of low priority are offered as fast as the gateway's core can make them.
 */
export const edge: Benchmark = ({ seconds }, progress) =>
  withTemporaryDirectory(async (directory) => {
    const load = start('load-process.ts', {
      readingsPerSecond: READINGS_PER_SECOND,
      weatherSensors: WEATHER_SENSORS,
      loops: LOOPS,
      ackTopic: `cmd/${ZONE}/gateway/${THING}/ack`,
    } satisfies LoadSettings);
    const ports = await next<LoadPorts>(load);
    const settings: GatewaySettings = { ...ports, directory, weatherSensors: WEATHER_SENSORS };
    const gateway = start('gateway-process.ts', settings);
    await next<string>(gateway);

    const measure = async (count: number): Promise<readonly GatewayFigures[]> => {
      const samples: GatewayFigures[] = [];
      while (samples.length < count) {
        await delay(SAMPLE_MS);
        gateway.send('figures');
        samples.push(await next<GatewayFigures>(gateway));
        if (samples.length % 10 === 0) progress(`edge: ${samples.length} of ${count} s`);
      }
      return samples;
    };
    const warm = await measure(WARM_UP_SAMPLES);
    const steady = await measure(seconds);
    gateway.send('flood');
    const flooded = await measure(Math.max(2, Math.round(seconds / FLOOD_SHARE)));
    gateway.send('flood');
    for (const child of [gateway, load]) child.disconnect();
    await Promise.all([gateway, load].map((child) => once(child, 'exit')));
    return [...steadyTables([...warm.slice(-1), ...steady]), floodTable([...steady.slice(-1), ...flooded])];
  });

function start(script: string, settings: object): ChildProcess {
  const program = fileURLToPath(new URL(`edge/${script}`, import.meta.url));
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
  return fork(program, [JSON.stringify(settings)], { stdio: [...stdio], execArgv: [...HEAP] });
}

/** Of a process that ends instead, the error that its channel then has. */
async function next<Message>(child: ChildProcess): Promise<Message> {
  const ended = new AbortController();
  const onExit = (code: number | null): void => ended.abort(new Error(`${child.spawnargs[1]} ended with ${code}`));
  child.once('exit', onExit);
  const [message] = (await once(child, 'message', { signal: ended.signal })) as [Message];
  child.off('exit', onExit);
  return message;
}

function steadyTables(samples: readonly GatewayFigures[]): readonly Table[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || first === last) throw new Error('nothing was measured: give --seconds 2 or more');
  const tookMs = last.atMs - first.atMs;
  const preemptionMs = samples.slice(1).flatMap((each) => each.preemptionMs);
  const memory = samples.map(({ atMs, residentBytes }): [number, number] => [atMs / 60_000, residentBytes / MIB]);
  return [
    {
      title: `One gateway, ${READINGS_PER_SECOND} readings/s offered for ${Math.round(tookMs / 1000)} s`,
      rows: [
        { what: 'readings taken', value: rounded(((last.taken - first.taken) * 1000) / tookMs), unit: '1/s' },
        {
          what: 'critical readings taken',
          value: rounded(((last.takenCritical - first.takenCritical) * 1000) / tookMs),
          unit: '1/s',
        },
        { what: 'readings turned away', value: last.refused, unit: '1' },
        { what: 'readings that wait for an acknowledgement', value: last.spooled, unit: '1' },
        { what: 'CPU of one core', value: rounded((100 * (last.cpuMs - first.cpuMs)) / tookMs, 1), unit: '%' },
        { what: 'resident memory, highest', value: rounded(Math.max(...memory.map(([, mib]) => mib)), 1), unit: 'MiB' },
        { what: 'resident memory, slope', value: rounded(slopeOf(memory), 2), unit: 'MiB/min' },
      ],
    },
    {
      title: `Meanwhile: siren to actuator, ${preemptionMs.length} times; ${last.lateness.length} loops at 100 Hz`,
      rows: [
        { what: 'siren to actuator, median', value: rounded(percentile(preemptionMs, 50), 2), unit: 'ms' },
        { what: 'siren to actuator, p99', value: rounded(percentile(preemptionMs, 99), 2), unit: 'ms' },
        {
          what: 'poll late by, p99, worst loop',
          value: rounded(Math.max(...last.lateness.map((each) => each.p99Ms)), 2),
          unit: 'ms',
        },
        { what: 'polls left out', value: last.lateness.reduce((sum, each) => sum + each.skipped, 0), unit: '1' },
      ],
    },
  ];
}

/** What is offered beyond all measure must cost nothing that is critical. */
function floodTable(samples: readonly GatewayFigures[]): Table {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || first === last) throw new Error('no flood was measured: give --seconds 8 or more');
  const perSecond = (before: number, after: number): number =>
    rounded(((after - before) * 1000) / (last.atMs - first.atMs));
  const preemptionMs = samples.slice(1).flatMap((each) => each.preemptionMs);
  return {
    title: `Flooded with readings of low priority, ${samples.length - 1} s; siren to actuator, ${preemptionMs.length} times`,
    rows: [
      { what: 'readings taken', value: perSecond(first.taken, last.taken), unit: '1/s' },
      { what: 'critical readings taken', value: perSecond(first.takenCritical, last.takenCritical), unit: '1/s' },
      { what: 'readings turned away', value: perSecond(first.refused, last.refused), unit: '1/s' },
      { what: 'siren to actuator, median', value: rounded(percentile(preemptionMs, 50), 2), unit: 'ms' },
      { what: 'siren to actuator, p99', value: rounded(percentile(preemptionMs, 99), 2), unit: 'ms' },
    ],
  };
}
