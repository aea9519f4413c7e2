import { describe, it } from 'vitest';
import { openContract } from './contract.ts';
import { protocolCases } from './protocol-cases.ts';
import { putCases } from './put-cases.ts';
import { readCases } from './read-cases.ts';
import { streamCases } from './stream-cases.ts';
import { kinesisLocal, localCloud, remote, type RunningTarget, type Target } from './targets.ts';

/** `aws`, or the address of anything that claims to be Kinesis; it is then a third target. */
const address = process.env.CITYWEAVE_CONTRACT_KINESIS_ENDPOINT;

/** One suite for all of them. What holds of AWS by its documentation holds of every stand-in, or is listed with it. */
function keepsTheContract(target: Target, running: RunningTarget): void {
  describe(`the Kinesis API, by ${target.name}`, () => {
    const contract = openContract(target, running);
    streamCases(contract);
    putCases(contract);
    readCases(contract);
    protocolCases(contract);
  });
}

keepsTheContract(localCloud, await localCloud.start());

const running = await kinesisLocal.start().catch((error: Error) => error);
if (running instanceof Error) it.skip(`the Kinesis API, by kinesis-local [not run: ${running.message}]`);
else keepsTheContract(kinesisLocal, running);

if (address !== undefined) {
  const target = remote(address);
  keepsTheContract(target, await target.start());
}
