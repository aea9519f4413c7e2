/**
 * An authority may distrust a source: until a time it has no vote on an attribute. That, too, is a register of the twin,
 * named `distrust/{attribute}/{source}` and holding the end in milliseconds since 1970, so that it merges like anything
 * else. No asset type can declare such a name, because names have no slash.
 */

import type { Register, Twin } from './twin.ts';

const PREFIX = 'distrust/';

/** Source → until when it has no vote. */
export type Distrusts = ReadonlyMap<string, number>;

export const NO_DISTRUSTS: Distrusts = new Map();

export function distrustRegister(attribute: string, source: string): string {
  return `${PREFIX}${attribute}/${source}`;
}

export function isDistrustRegister(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** By attribute. Where authorities differ the latest end counts: to trust a source too early is the greater harm. */
export function distrustsOf({ registers }: Twin): ReadonlyMap<string, Distrusts> {
  let byAttribute: Map<string, Map<string, number>> | undefined;
  for (const [name, register] of registers) {
    if (!isDistrustRegister(name)) continue;
    const [attribute = '', ...source] = name.slice(PREFIX.length).split('/');
    byAttribute ??= new Map();
    const distrusts = byAttribute.get(attribute) ?? new Map<string, number>();
    byAttribute.set(attribute, distrusts.set(source.join('/'), latestEnd(register)));
  }
  return byAttribute ?? NOBODY_DISTRUSTED;
}

const NOBODY_DISTRUSTED: ReadonlyMap<string, Distrusts> = new Map();

function latestEnd(register: Register): number {
  let latestMs = 0;
  for (const { sibling } of register.values()) {
    if (typeof sibling?.value === 'number' && sibling.value > latestMs) latestMs = sibling.value;
  }
  return latestMs;
}
