/** Writes requests of 50 records for as long as it lives, and prints how many records have been acknowledged. */

import { NOW_NS, openIn, record, write } from './open.ts';

const [directory = ''] = process.argv.slice(2);
const timestream = await openIn(directory);
await timestream.call('CreateDatabase', { DatabaseName: 'city' });
await timestream.call('CreateTable', { DatabaseName: 'city', TableName: 'observations' });
for (let written = 0; ; ) {
  const start = NOW_NS - BigInt(written) - 50n;
  const { status } = await write(
    timestream,
    ...Array.from({ length: 50 }, (_, index) => record({ time: start + BigInt(index) })),
  );
  if (status !== 200) {
    throw new Error(`a write was answered with ${status}`);
  }
  written += 50;
  process.stdout.write(`${written}\n`);
}
