import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPublisher } from '../../../edge-greengrass/uplink/publisher.ts';

/** A line that answers when the test says so. */
function slowLine() {
  const flights: PromiseWithResolvers<void>[] = [];
  const publish = (): Promise<void> => {
    const flight = Promise.withResolvers<void>();
    flights.push(flight);
    return flight.promise;
  };
  const options = { transport: { publish }, inFlightMax: 3, inFlightCritical: 1, answerTimeoutMs: 1000 };
  return { flights, publisher: createPublisher(options) };
}

describe('what lanes share of a line', () => {
  it('is full for all but the critical lane one earlier, and has room again with an answer', async () => {
    const { flights, publisher } = slowLine();
    const rooms = () => [publisher.hasRoom('bulk'), publisher.hasRoom('critical')];
    const publish = () => publisher.publish('topic', Uint8Array.of(1), 0, () => {});
    const seen = [rooms()];
    for (let count = 0; count < 3; count += 1) {
      publish();
      seen.push(rooms());
    }
    expect(seen).toEqual([
      [true, true],
      [true, true],
      [false, true],
      [false, false],
    ]);
    flights[0]?.resolve();
    flights[1]?.reject(new Error('no'));
    await turn();
    expect([rooms(), publisher.inFlight()]).toEqual([[true, true], 1]);
  });

  it('counts what has no answer in time as lost, once, whatever comes later', async () => {
    const { flights, publisher } = slowLine();
    const told: boolean[] = [];
    publisher.publish('topic', Uint8Array.of(1), 500, (isThere) => told.push(isThere));
    publisher.expire(1499);
    expect(told).toEqual([]);
    publisher.expire(1500);
    expect([told, publisher.inFlight()]).toEqual([[false], 0]);
    flights[0]?.resolve();
    await turn();
    expect(told).toEqual([false]);
  });
});
