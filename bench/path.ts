import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { dynamodbTwinStore } from '../lambdas/shared/dynamodb-twin-store.ts';
import { allInTwins } from './path/arrival.ts';
import { acknowledged, createLedger, type Ledger } from './path/ledger.ts';
import { probeTwins } from './path/probe.ts';
import { cpuSecondsByThread, type ProcessUsage, processUsage } from './path/process-usage.ts';
import { startLoad } from './path/publish.ts';
import { compareLog } from './path/read-log.ts';
import { type LocalCloud, startLocalCloud, withTemporaryDirectory } from './support/local-cloud.ts';
import { type Benchmark, type BenchmarkOptions, type Progress, rounded, type Table } from './support/report.ts';
import { percentile } from './support/statistics.ts';
import { ASSETS, READING_BYTES } from './support/workload.ts';

const MIB = 2 ** 20;
/** Threads that used less are left out. */
const CPU_SECONDS_MIN = 0.05;
const MEMORY_SAMPLES = 6;

/** MQTT QoS 1 → rule → stream → normalizer → stream → resolver → table, under a load that lasts. */
export const path: Benchmark = (options, progress) =>
  withTemporaryDirectory(async (directory) => {
    const { profileDirectory } = options;
    progress('path: starting the local cloud');
    const cloud = await startLocalCloud(
      directory,
      profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : [],
    );
    try {
      return await measure(cloud, options, progress);
    } finally {
      await cloud.stop();
    }
  });

async function measure(cloud: LocalCloud, options: BenchmarkOptions, progress: Progress): Promise<readonly Table[]> {
  const aws = {
    endpoint: cloud.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  const twins = dynamodbTwinStore(new DynamoDBClient(aws), 'cityweave-twins');
  const ledger = createLedger();

  const load = await startLoad(cloud.mqttUrl, ledger, options);
  const before = processUsage(cloud.pid);
  const memory = watchMemory(cloud.pid, options.seconds, progress);
  const { latenciesMs: probed } = await probeTwins(cloud.mqttUrl, twins, load.endAtMs);
  await load.done;
  const arrivedAtMs = await allInTwins(twins, ledger);
  const after = processUsage(cloud.pid);
  progress('path: reading the log');
  const log = await compareLog(new KinesisClient(aws), ledger);

  const numbers = acknowledged(ledger);
  const perSecond = (endMs: number) => rounded((numbers.length * 1000) / (endMs - load.startAtMs));
  const lastAcknowledgedMs = ledger.acknowledgedAtMs.reduce((last, atMs) => Math.max(last, atMs), 0);
  const tables: Table[] = [
    {
      title: `The whole path: ${READING_BYTES}-byte readings of ${ASSETS} assets, ${options.rate}/s offered for ${options.seconds} s`,
      rows: [
        {
          sent: sentCount(ledger),
          acknowledged: numbers.length,
          'acknowledged/s': perSecond(lastAcknowledgedMs),
          'in twins/s': perSecond(arrivedAtMs),
          'in twins after last ack, ms': arrivedAtMs - lastAcknowledgedMs,
          lost: log.lost,
          'repeated in log': log.repeated,
          'readings per log record': rounded(log.observations / log.records, 1),
        },
      ],
    },
    {
      title: 'Latency from when a reading was due',
      rows: [
        latencyRow(
          'acknowledged',
          numbers.map((number) => (ledger.acknowledgedAtMs[number] ?? 0) - (ledger.dueAtMs[number] ?? 0)),
        ),
        latencyRow('in the log', log.latenciesMs),
        latencyRow('in the twin', probed),
        latencyRow('  first third', probed.slice(0, Math.ceil(probed.length / 3))),
        latencyRow('  last third', probed.slice(-Math.ceil(probed.length / 3))),
      ],
    },
    { title: "Memory of the local cloud's process (resident)", rows: memory.stop() },
  ];
  if (before && after) tables.push(cpuTable(before, after, numbers.length));
  return tables;
}

/** CPU time a reading tells more than cores where others share the machine: they slow it down, and hardly change it. */
function cpuTable(before: ProcessUsage, after: ProcessUsage, readings: number): Table {
  const used = cpuSecondsByThread(before, after);
  const total = used.reduce((sum, [, cpuSeconds]) => sum + cpuSeconds, 0);
  const row = (thread: string, cpuSeconds: number) => ({
    thread,
    'CPU µs/reading': rounded((cpuSeconds * 1e6) / readings),
    cores: rounded((cpuSeconds * 1000) / (after.atMs - before.atMs), 3),
  });
  return {
    title: 'CPU of the local cloud by thread, from the first reading to the last twin',
    rows: [...used.filter(([, cpuSeconds]) => cpuSeconds >= CPU_SECONDS_MIN), ['all', total] as const].map((entry) =>
      row(...entry),
    ),
  };
}

function sentCount({ dueAtMs }: Ledger): number {
  return dueAtMs.reduce((count, atMs) => (atMs > 0 ? count + 1 : count), 0);
}

function latencyRow(what: string, latenciesMs: readonly number[]) {
  const at = (percent: number) => rounded(percentile(latenciesMs, percent));
  return {
    'until it is': what,
    samples: latenciesMs.length,
    'p50 ms': at(50),
    'p95 ms': at(95),
    'p99 ms': at(99),
    'max ms': at(100),
  };
}

/** Looks at the process's memory at equal intervals over the load. */
function watchMemory(pid: number, seconds: number, progress: Progress) {
  const startedMs = Date.now();
  const rows: Record<string, number>[] = [];
  const look = (): void => {
    const usage = processUsage(pid);
    if (!usage) return;
    const row = { 'after s': rounded((Date.now() - startedMs) / 1000), MiB: rounded(usage.residentBytes / MIB) };
    rows.push(row);
    progress(`path: ${row['after s']} of ${seconds} s, the local cloud holds ${row.MiB} MiB`);
  };
  look();
  const timer = setInterval(look, (seconds * 1000) / (MEMORY_SAMPLES - 1));
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return rows;
    },
  };
}
