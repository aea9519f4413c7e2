/**
 * What AWS documents of Lambda and this project relies on, over its API. Runs against the local cloud; against AWS where
 * `CITYWEAVE_CONTRACT_LAMBDA=aws` asks for it, with the credentials and the region of the environment.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { asynchronousCases } from './asynchronous-cases.ts';
import { invokeCases } from './invoke-cases.ts';
import { mappingCases } from './mapping-cases.ts';
import { type Contract, openContract } from './contract.ts';
import { aws, localCloud, type Target } from './targets.ts';

/** A stack takes minutes on AWS, and what a mapping gives up comes late there. */
const TIMEOUT_MS = 900_000;

function keepsTheContract(target: Target, reasonToSkip?: string): void {
  const title = `the Lambda API, by ${target.name}`;
  describe.skipIf(reasonToSkip !== undefined)(
    reasonToSkip === undefined ? title : `${title} (skipped: ${reasonToSkip})`,
    { timeout: TIMEOUT_MS },
    () => {
      let contract: Contract | undefined;
      beforeAll(async () => {
        contract = await openContract(target);
      }, TIMEOUT_MS);
      afterAll(() => contract?.close());
      const opened = (): Contract => {
        if (contract === undefined) throw new Error(`${target.name} has not started`);
        return contract;
      };
      invokeCases(opened);
      asynchronousCases(opened);
      mappingCases(opened);
    },
  );
}

keepsTheContract(localCloud);
keepsTheContract(
  aws,
  process.env.CITYWEAVE_CONTRACT_LAMBDA === 'aws' ? undefined : 'CITYWEAVE_CONTRACT_LAMBDA is not aws',
);
