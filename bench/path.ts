import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { dynamodbTwinStore } from '../lambdas/shared/dynamodb-twin-store.ts';
import { allInTwins } from './path/arrival.ts';
import { createLedger } from './path/ledger.ts';
import { watchMemory } from './path/memory-watch.ts';
import { probeTwins } from './path/probe.ts';
import { processUsage } from './path/process-usage.ts';
import { startLoad } from './path/publish.ts';
import { compareLog } from './path/read-log.ts';
import { type PathRun, pathTables } from './path/tables.ts';
import { type LocalCloud, startLocalCloud, withTemporaryDirectory } from './support/local-cloud.ts';
import type { Benchmark, BenchmarkOptions, Progress } from './support/report.ts';

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
      return pathTables(await measure(cloud, options, progress));
    } finally {
      await cloud.stop();
    }
  });

async function measure(cloud: LocalCloud, options: BenchmarkOptions, progress: Progress): Promise<PathRun> {
  const { rate, seconds } = options;
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const aws = { endpoint: cloud.awsEndpoint, region: 'us-east-1', credentials };
  const twins = dynamodbTwinStore(new DynamoDBClient(aws), 'cityweave-twins');
  const ledger = createLedger();

  const load = await startLoad(cloud.mqttUrl, ledger, options);
  const before = processUsage(cloud.pid);
  const ownBefore = process.cpuUsage();
  const endMemoryWatch = watchMemory(cloud.pid, seconds, progress);
  const probedMs = await probeTwins(cloud.mqttUrl, twins, load.endAtMs);
  await load.done;
  const arrivedAtMs = await allInTwins(twins, ledger);
  const after = processUsage(cloud.pid);
  const own = process.cpuUsage(ownBefore);
  const memory = endMemoryWatch();

  progress('path: reading the log');
  return {
    offered: `${rate}/s offered for ${seconds} s`,
    startAtMs: load.startAtMs,
    ledger,
    arrivedAtMs,
    log: await compareLog(new KinesisClient(aws), ledger),
    probedMs,
    memory,
    usage: [before, after],
    ownCpuSeconds: (own.user + own.system) / 1e6,
  };
}
