import type { Observation } from '../observation.ts';
import { assert } from './assert.ts';
import { applyObservation, type DotCollision, draftOf, twinOf } from './draft.ts';
import { joinRegisters } from './register.ts';
import { joinRegistrations } from './registration.ts';
import type { Entry, Register, Twin } from './twin.ts';

const NO_ENTRIES: Register = new Map();

export function emptyTwin(assetId: string, assetType: string, zone: string, registered: boolean): Twin {
  return { assetId, assetType, zone, registered, registers: new Map(), floors: new Map() };
}

/** The observation as a delta-state (Almeida, Shoker, Baquero 2018): joining it into a twin is what merging means. */
export function deltaOf(observation: Observation): Twin {
  return merge(emptyTwinFor(observation), [observation]).twin;
}

/** An empty twin that claims no more of its asset than the observation does. */
export function emptyTwinFor(observation: Observation): Twin {
  const { assetId, assetType, zone, flags } = observation;
  return emptyTwin(assetId, assetType, zone, !flags.includes('unregistered'));
}

/**
 * Least upper bound of two states of one asset: registers pointwise, floors by maximum. In normal form: no entry at or
 * below its source's floor, no empty register. Commutative, associative and idempotent.
 */
export function join(a: Twin, b: Twin): Twin {
  assert(a.assetId === b.assetId, () => `twins of ${a.assetId} and ${b.assetId} were to be joined`);
  const floors = joinFloors(a.floors, b.floors);
  const registers = new Map<string, Register>();
  for (const name of new Set([...a.registers.keys(), ...b.registers.keys()])) {
    const joined = joinRegisters(a.registers.get(name) ?? NO_ENTRIES, b.registers.get(name) ?? NO_ENTRIES);
    const register = aboveFloors(joined, floors);
    if (register.size > 0) {
      registers.set(name, register);
    }
  }
  return { assetId: a.assetId, ...joinRegistrations(a, b), registers, floors };
}

export interface Merged {
  /** The very twin that was given where nothing changed. */
  readonly twin: Twin;
  readonly changed: boolean;
  /** By the observation's index: whether it advanced a register or raised a floor. */
  readonly advanced: readonly boolean[];
  /** Readings whose dot stood for another value: those that the registers can still tell; the fold finds all. */
  readonly collisions: readonly DotCollision[];
}

/**
 * The join of a twin with the deltas of all observations, which must be of its asset. The observations' order decides
 * only which of two equal ones `advanced`, never the twin. Copies each register that changes once a call.
 */
export function merge(twin: Twin, observations: readonly Observation[]): Merged {
  const draft = draftOf(twin);
  const advanced = observations.map((observation) => applyObservation(draft, observation));
  const merged = twinOf(draft);
  return { twin: merged, changed: merged !== twin, advanced, collisions: draft.collisions };
}

function joinFloors(a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): ReadonlyMap<string, bigint> {
  const floors = new Map(a);
  for (const [source, floor] of b) {
    const before = floors.get(source);
    if (before === undefined || floor > before) {
      floors.set(source, floor);
    }
  }
  return floors;
}

function aboveFloors(register: Register, floors: ReadonlyMap<string, bigint>): Register {
  const isAbove = (source: string, entry: Entry) => entry.stamp > (floors.get(source) ?? -1n);
  const kept = [...register].filter(([source, entry]) => isAbove(source, entry));
  return kept.length === register.size ? register : new Map(kept);
}
