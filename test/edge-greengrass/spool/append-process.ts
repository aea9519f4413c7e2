/** Appends numbers for as long as it lives, many at a time, and prints each as soon as it is told that it is safe. */

import { PRIORITIES } from '../../../edge-greengrass/ports.ts';
import { createSpool } from '../../../edge-greengrass/spool/spool.ts';

const AT_ONCE = 16;

const [directory = '', first = '0'] = process.argv.slice(2);
const spool = await createSpool({ directory, batchDelayMs: 0, segmentBytesMax: 16 * 1024, nowMs: Date.now });
let next = Number(first);

async function appendForever(): Promise<void> {
  for (;;) {
    const number = next;
    next += 1;
    const priority = PRIORITIES[number % PRIORITIES.length] ?? 'low';
    await spool.append(priority, Buffer.from(`${number} ${'.'.repeat(number % 300)}`));
    process.stdout.write(`${number}\n`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, appendForever));
