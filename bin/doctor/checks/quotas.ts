import { paginateListServiceQuotas } from '@aws-sdk/client-service-quotas';
import type { CityConfig, StageName } from '../../../core/schema/city-config.ts';
import { type Account, messageOf } from '../account.ts';
import { type Finding, findings } from '../finding.ts';

const { ok, warn } = findings('quotas');

/** Of the functions that no stream feeds, at once: the API, the fast lane, what records failures. */
const CALLED_CONCURRENCY = 50;
/** What an on-demand stream starts with. */
const ON_DEMAND_SHARDS = 4;
/** Per shard and second, which is what the ingest stream can take of the broker. */
const RECORDS_PER_SHARD = 1000;

interface Need {
  /** Of Service Quotas. */
  readonly serviceCode: string;
  /** The quota's name there; its code differs by no rule that one could read. */
  readonly name: RegExp;
  readonly unit: string;
  readonly needed: number;
}

/** What the stage needs, against what the account may; how much of it others use already, no quota says. */
export async function checkQuotas(
  { quotas, region }: Account,
  config: CityConfig,
  stage: StageName,
): Promise<Finding[]> {
  return Promise.all(
    needsOf(config, stage).map(async ({ serviceCode, name, unit, needed }) => {
      const todo = `request an increase: https://${region}.console.aws.amazon.com/servicequotas/home/services/${serviceCode}/quotas`;
      try {
        for await (const page of paginateListServiceQuotas({ client: quotas }, { ServiceCode: serviceCode })) {
          const quota = page.Quotas?.find(({ QuotaName }) => name.test(QuotaName ?? ''));
          if (quota?.Value === undefined) continue;
          const says = `${unit}: ${needed} needed, ${quota.Value} allowed`;
          return quota.Value >= needed ? ok(says) : warn(says, todo);
        }
        return warn(`${unit}: ${needed} needed, Service Quotas does not list what is allowed`, `look it up: ${todo}`);
      } catch (error) {
        return warn(
          `${unit}: not checked: ${messageOf(error)}`,
          'allow servicequotas:ListServiceQuotas, or look it up',
        );
      }
    }),
  );
}

function needsOf({ stages, historyStore }: CityConfig, stageName: StageName): Need[] {
  const { streamMode, shards } = stages[stageName];
  const { ingest, observations } =
    streamMode === 'provisioned' ? shards : { ingest: ON_DEMAND_SHARDS, observations: ON_DEMAND_SHARDS };
  const readersOfLog = historyStore === 'none' ? 1 : 2;
  return [
    {
      serviceCode: 'lambda',
      name: /^Concurrent executions$/i,
      unit: 'Lambda concurrent executions',
      needed: ingest + readersOfLog * observations + CALLED_CONCURRENCY,
    },
    { serviceCode: 'kinesis', name: /^Shards per Region$/i, unit: 'Kinesis shards', needed: ingest + observations },
    {
      serviceCode: 'iotcore',
      name: /inbound publish requests per second per (AWS )?account/i,
      unit: 'IoT publishes a second',
      needed: ingest * RECORDS_PER_SHARD,
    },
  ];
}
