import { ListDatabasesCommand } from '@aws-sdk/client-timestream-write';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { type Account, isNamed, messageOf } from '../account.ts';
import { type Finding, findings } from '../finding.ts';

const { ok, fail } = findings('history');

/** What the service says to accounts that did not use it before 2025-06-20; a missing permission reads otherwise. */
const CLOSED = 'Only existing Timestream for LiveAnalytics customers';
const WITHOUT_HISTORY = "set historyStore: 'none' in cityweave.config.ts: the twin runs without history";

/** Timestream for LiveAnalytics is closed to new accounts, and was never opened in every region. */
export async function checkHistory({ timestream, region }: Account, config: CityConfig): Promise<Finding[]> {
  if (config.historyStore === 'none') return [ok('the configuration keeps none')];
  try {
    await timestream.send(new ListDatabasesCommand({ MaxResults: 1 }));
    return [ok('Timestream for LiveAnalytics is open to this account')];
  } catch (thrown) {
    const error = withoutDiscovery(thrown);
    if (isNamed(error, 'AccessDeniedException') && messageOf(error).includes(CLOSED)) {
      return [fail('Timestream for LiveAnalytics is closed to this account', WITHOUT_HISTORY)];
    }
    if (isUnknownHost(error)) {
      return [fail(`Timestream for LiveAnalytics is not in ${region}`, `choose another region, or ${WITHOUT_HISTORY}`)];
    }
    throw error;
  }
}

/** Before its first call the SDK asks for the account's endpoint, and hides what that was answered in `reason`. */
function withoutDiscovery(error: unknown): unknown {
  return error instanceof Error && 'reason' in error ? error.reason : error;
}

function isUnknownHost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';
}
