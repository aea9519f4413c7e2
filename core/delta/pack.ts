import type { DeltaPublication } from '../ports.ts';
import type { WireWriter } from '../wire/wire-writer.ts';
import type { Departure, TwinDelta } from './delta.ts';
import {
  addElement,
  type DeltaElement,
  elementBytes,
  encodeDelta,
  encodeDeparture,
  HEADER_BYTES,
  startDeltaMessage,
} from './encode.ts';
import { deltaTopic, type Place, placeOf } from './place.ts';

/**
 * IoT Core meters a message, topic included, in units of 5 KB ("AWS IoT Core additional metering details"). Decimal
 * kilobytes stay within a unit whichever way they are counted.
 */
export const METERED_BYTES = 5_000;

/** IoT Core's limit of a payload ("Message broker and protocol limits and quotas"). */
export const PAYLOAD_BYTES_MAX = 128 * 1024;

/** A message, and whose deltas are in it. */
interface PackedDeltas extends DeltaPublication {
  readonly assetIds: readonly string[];
}

export interface DeltaPacks {
  readonly packs: readonly PackedDeltas[];
  /** Assets whose delta is without siblings, because with them it would be too large for a message. */
  readonly abridged: readonly string[];
  /** Assets whose delta is too large all the same, and is in no message. */
  readonly oversized: readonly string[];
}

/**
 * Packs deltas of many places into messages of one place each, within one metering unit; a delta larger than that goes
 * alone. Deltas of a place keep their order.
 */
export function packDeltas(deltas: Iterable<TwinDelta>): DeltaPacks {
  const packs: PackedDeltas[] = [];
  const abridged: string[] = [];
  const oversized: string[] = [];
  const open = new Map<string, OpenPack>();
  for (const delta of deltas) {
    const { assetId } = delta.resolved;
    const whole = encodeDelta(delta);
    const element = fits(whole) ? whole : encodeDelta({ version: delta.version, resolved: delta.resolved });
    if (!fits(element)) {
      oversized.push(assetId);
      continue;
    }
    if (element !== whole) abridged.push(assetId);

    const topic = deltaTopic(placeOf(delta.resolved));
    let pack = open.get(topic);
    if (pack && topic.length + pack.message.length + elementBytes(element) > METERED_BYTES) {
      packs.push(close(pack));
      pack = undefined;
    }
    if (!pack) {
      pack = { topic, message: startDeltaMessage(), assetIds: [] };
      open.set(topic, pack);
    }
    addElement(pack.message, element);
    pack.assetIds.push(assetId);
  }
  for (const pack of open.values()) packs.push(close(pack));
  return { packs, abridged, oversized };
}

/** A departure, as the subscribers of the place that is left are told of it. */
export function departureFrom(place: Place, departure: Departure): DeltaPublication {
  const message = startDeltaMessage();
  addElement(message, encodeDeparture(departure));
  return { topic: deltaTopic(place), payload: message.finish() };
}

interface OpenPack {
  readonly topic: string;
  readonly message: WireWriter;
  readonly assetIds: string[];
}

function fits(element: DeltaElement): boolean {
  return HEADER_BYTES + elementBytes(element) <= PAYLOAD_BYTES_MAX;
}

function close({ topic, message, assetIds }: OpenPack): PackedDeltas {
  return { topic, payload: message.finish(), assetIds };
}
