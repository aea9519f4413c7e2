import type { Observation } from '../observation.ts';
import { POSITION } from '../schema/names.ts';
import { assert } from './assert.ts';
import { joinEntries } from './register.ts';
import { joinRegistrations, type Registration } from './registration.ts';
import { canonicalFlags, canonicalValue, sameValue } from './sibling.ts';
import type { Entry, Register, RegisterValue, Sibling, Twin } from './twin.ts';

/** A reading whose dot already stands for another value: two devices under one name, or a forged stamp. */
export interface DotCollision {
  readonly assetId: string;
  readonly source: string;
  readonly stamp: bigint;
  /** The later one, in the order in which they were merged. */
  readonly readingId: string;
}

/** A twin being written to, so that a batch copies each register once and not once an observation. */
export interface TwinDraft {
  readonly base: Twin;
  registration: Registration;
  /** The registers that differ from the base's. */
  readonly written: Map<string, Map<string, Entry>>;
  floors: ReadonlyMap<string, bigint>;
  readonly collisions: DotCollision[];
}

export function draftOf(base: Twin): TwinDraft {
  const { assetType, zone, registered, floors } = base;
  return { base, registration: { assetType, zone, registered }, written: new Map(), floors, collisions: [] };
}

/** The draft as a twin in normal form. Returns the base itself where nothing changed. */
export function twinOf(draft: TwinDraft): Twin {
  const { base, registration, written, floors } = draft;
  if (written.size === 0 && floors === base.floors && !registrationChanged(draft)) {
    return base;
  }
  const registers = new Map<string, Register>(base.registers);
  for (const [name, register] of written) {
    if (register.size > 0) {
      registers.set(name, register);
    } else {
      registers.delete(name);
    }
  }
  return { assetId: base.assetId, ...registration, registers, floors };
}

/**
 * Joins one observation into the draft. Returns whether a register advanced or a floor rose.
 *
 * `retire` raises its source's floor; every other kind writes the registers of its attributes and its position.
 * `seen` counts for the attributes that the observation writes, because only a write supersedes, and for other
 * sources: a source's own dots are ordered by their stamps.
 */
export function applyObservation(draft: TwinDraft, observation: Observation): boolean {
  const { assetId, assetType, zone, flags } = observation;
  assert(assetId === draft.base.assetId, () => `twin ${draft.base.assetId} was given an observation of ${assetId}`);
  const registered = !flags.includes('unregistered');
  draft.registration = joinRegistrations(draft.registration, { assetType, zone, registered });
  if (observation.kind === 'retire') {
    return raiseFloor(draft, observation.source, observation.stamp);
  }
  let advanced = false;
  for (const [name, value] of observation.attributes) {
    // The register of the asset's own position is not an attribute's to write; no asset type may declare the name.
    if (name !== POSITION && write(draft, name, value, observation)) {
      advanced = true;
    }
  }
  if (observation.position !== undefined && write(draft, POSITION, observation.position, observation)) {
    advanced = true;
  }
  return advanced;
}

function write(draft: TwinDraft, name: string, value: RegisterValue, observation: Observation): boolean {
  const { source, stamp } = observation;
  const sibling = siblingOf(value, observation);
  const before = registerOf(draft, name)?.get(source);
  if (before?.stamp === stamp && before.sibling !== undefined && !sameValue(before.sibling.value, sibling.value)) {
    noteCollision(draft, observation);
  }
  let advanced = advance(draft, name, source, { stamp, sibling });
  for (const [seenSource, seenStamp] of observation.seen.get(name) ?? []) {
    if (seenSource !== source && advance(draft, name, seenSource, { stamp: seenStamp })) {
      advanced = true;
    }
  }
  return advanced;
}

function siblingOf(value: RegisterValue, { receivedAtMs, flags, validUntilMs }: Observation): Sibling {
  const sibling = { value: canonicalValue(value), receivedAtMs, flags: canonicalFlags(flags) };
  return validUntilMs === undefined ? sibling : Object.assign(sibling, { validUntilMs });
}

/** However many of its registers collide, it is one reading. */
function noteCollision({ collisions }: TwinDraft, { assetId, source, stamp, readingId }: Observation): void {
  if (collisions.at(-1)?.readingId !== readingId) {
    collisions.push({ assetId, source, stamp, readingId });
  }
}

/** Joins an entry into one register, unless its dot is at or below the source's floor. Returns whether it changed. */
function advance(draft: TwinDraft, name: string, source: string, entry: Entry): boolean {
  const floor = draft.floors.get(source);
  if (floor !== undefined && entry.stamp <= floor) {
    return false;
  }
  const before = registerOf(draft, name)?.get(source);
  const after = before === undefined ? entry : joinEntries(before, entry);
  if (after === before) {
    return false;
  }
  writable(draft, name).set(source, after);
  return true;
}

function raiseFloor(draft: TwinDraft, source: string, stamp: bigint): boolean {
  const before = draft.floors.get(source);
  if (before !== undefined && before >= stamp) {
    return false;
  }
  draft.floors = new Map(draft.floors).set(source, stamp);
  for (const name of new Set([...draft.base.registers.keys(), ...draft.written.keys()])) {
    const entry = registerOf(draft, name)?.get(source);
    if (entry !== undefined && entry.stamp <= stamp) {
      writable(draft, name).delete(source);
    }
  }
  return true;
}

function registerOf(draft: TwinDraft, name: string): Register | undefined {
  return draft.written.get(name) ?? draft.base.registers.get(name);
}

function writable(draft: TwinDraft, name: string): Map<string, Entry> {
  const written = draft.written.get(name);
  if (written !== undefined) {
    return written;
  }
  const copy = new Map(draft.base.registers.get(name));
  draft.written.set(name, copy);
  return copy;
}

function registrationChanged({ base, registration }: TwinDraft): boolean {
  const { assetType, zone, registered } = registration;
  return assetType !== base.assetType || zone !== base.zone || registered !== base.registered;
}
