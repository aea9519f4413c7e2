import type { Lane } from '../../core/sync/frame.ts';
import type { Transport } from '../ports.ts';

export interface PublisherOptions {
  readonly transport: Pick<Transport, 'publish'>;
  /** Greengrass nucleus lite keeps ten messages without acknowledgement; some are left to other senders. */
  readonly inFlightMax: number;
  /** Of these, so many are for the critical lane only. */
  readonly inFlightCritical: number;
  /** What is not acknowledged by then counts as lost. */
  readonly answerTimeoutMs: number;
}

/** The flow control that all lanes share. */
export interface Publisher {
  hasRoom(lane: Lane): boolean;
  inFlight(): number;
  /** @param settled told once whether the next hop has it */
  publish(topic: string, bytes: Uint8Array, atMs: number, settled: (isThere: boolean) => void): void;
  /** Gives up what was not acknowledged in time. */
  expire(atMs: number): void;
}

interface Flight {
  readonly atMs: number;
  readonly settled: (isThere: boolean) => void;
}

export function createPublisher({
  transport,
  inFlightMax,
  inFlightCritical,
  answerTimeoutMs,
}: PublisherOptions): Publisher {
  const flights = new Set<Flight>();

  const land = (flight: Flight, isThere: boolean): void => {
    if (flights.delete(flight)) flight.settled(isThere);
  };

  return {
    hasRoom: (lane) => flights.size < inFlightMax - (lane === 'critical' ? 0 : inFlightCritical),
    inFlight: () => flights.size,
    publish(topic, bytes, atMs, settled) {
      const flight = { atMs, settled };
      flights.add(flight);
      transport.publish(topic, bytes).then(
        () => land(flight, true),
        () => land(flight, false),
      );
    },
    expire(atMs) {
      for (const flight of flights) if (atMs - flight.atMs >= answerTimeoutMs) land(flight, false);
    },
  };
}
