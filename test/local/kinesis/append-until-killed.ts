/** Puts numbered records into a stream as fast as it can, and prints each number once its record is acknowledged. */
import { createKinesis } from '../../../local/kinesis/service.ts';

const [directory = '', streamName = ''] = process.argv.slice(2);
const kinesis = await createKinesis({ directory });

const IN_FLIGHT = 200;
let next = 0;

async function putForever(): Promise<never> {
  for (;;) {
    const number = next;
    next += 1;
    const { shardId, sequenceNumber } = await kinesis.putRecord(streamName, `key-${number}`, Buffer.from(`${number}`));
    process.stdout.write(`${number} ${shardId} ${sequenceNumber}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, putForever));
