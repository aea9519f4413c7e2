import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAsyncQueue, type QueuedEvent } from '../../../local/lambda/async-queue.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'cityweave-queue-'));
  file = path.join(directory, 'queue.ndjson');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const eventOf = (requestId: string, event = '{}'): QueuedEvent => ({
  requestId,
  functionName: 'f',
  event,
  queuedAtMs: 1,
  failures: 0,
});

/** What a process that begins now finds, without the one before having closed anything. */
const found = (): QueuedEvent[] => [...openAsyncQueue(file).events.values()];

describe('the queue of asynchronous invocations', () => {
  it('is on the disk as soon as a put resolves, in order, with what has failed and without what is done', async () => {
    const queue = openAsyncQueue(file);
    await Promise.all(['a', 'b', 'c'].map((requestId) => queue.put(eventOf(requestId))));
    await queue.put({ ...eventOf('c'), failures: 1 });
    await queue.done('a');

    expect(found()).toEqual([eventOf('b'), { ...eventOf('c'), failures: 1 }]);
    expect(openAsyncQueue(file).bytes).toBe(4);
  });

  it('cuts off what a killed process left half written, and goes on behind it', async () => {
    await openAsyncQueue(file).put(eventOf('a', '"straße"'));
    appendFileSync(file, '{"put":{"requestId":"half');

    await openAsyncQueue(file).put(eventOf('b'));

    expect(found().map(({ requestId }) => requestId)).toEqual(['a', 'b']);
  });

  it('forgets an event that the disk refused', async () => {
    const queue = openAsyncQueue(path.join(directory, 'gone', 'queue.ndjson'));
    rmSync(path.join(directory, 'gone'), { recursive: true });

    await expect(queue.put(eventOf('a'))).rejects.toThrow();
    expect([queue.events.size, queue.bytes]).toEqual([0, 0]);
  });

  it('does not grow with what is done', async () => {
    const queue = openAsyncQueue(file);
    await queue.put(eventOf('kept'));
    const megabyte = JSON.stringify('x'.repeat(1024 * 1024));
    for (let index = 0; index < 40; index += 1) {
      await queue.put(eventOf(String(index), megabyte));
      await queue.done(String(index));
    }

    expect(statSync(file).size).toBeLessThan(18 * 1024 * 1024);
    expect(found()).toEqual([eventOf('kept')]);
  });
});
