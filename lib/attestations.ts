import { Construct } from 'constructs';
import type { CityFunction } from './city-function.ts';
import { CityTable } from './city-table.ts';
import type { Deployment } from './deployment.ts';

/** What signed readings are judged by: the keys of gateways, and which counters they have used. */
export class Attestations extends Construct {
  /** Written by the command line. */
  readonly keys: CityTable;
  /** Also where vehicles were seen last. */
  readonly counters: CityTable;

  constructor(scope: Construct, id: string, { deployment }: { readonly deployment: Deployment }) {
    super(scope, id);
    this.keys = new CityTable(this, 'Keys', { deployment, name: 'keys', partitionKey: 'device', sortKey: 'keyId' });
    this.counters = new CityTable(this, 'Counters', {
      deployment,
      name: 'attestations',
      partitionKey: 'signer',
      sortKey: 'part',
      expiresAt: 'expiresAt',
    });
  }

  get environment() {
    return { KEYS_TABLE: this.keys.tableName, ATTESTATIONS_TABLE: this.counters.tableName };
  }

  allowJudging(judge: CityFunction): void {
    judge.allow(['dynamodb:BatchGetItem'], this.keys.tableArn);
    judge.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      this.counters.tableArn,
    );
  }
}
