/** Queues numbered events for a function that never ends, as fast as it can; prints each once it is queued. */
import { startLocalLambda } from './local-lambda.ts';

const [directory = ''] = process.argv.slice(2);
const IN_FLIGHT = 20;

const local = await startLocalLambda({ directory });
await local.deploy('hanging', { 'index.mjs': 'export const handler = () => new Promise(() => {});' }, { Timeout: 900 });
let next = 0;

async function enqueueForever(): Promise<never> {
  for (;;) {
    const text = `${process.pid}-${next++}`;
    await local.lambda.invokeAsync('hanging', text);
    process.stdout.write(`${text}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, enqueueForever));
