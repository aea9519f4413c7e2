import type { RegisterConfig } from '../../config/gateway-config.ts';

/** Quantities of one request: Modbus application protocol V1.1b3, sections 6.1 to 6.4. */
export const BITS_PER_READ_MAX = 2000;
export const REGISTERS_PER_READ_MAX = 125;

export type TableKind = RegisterConfig['kind'];

/** Adjacent registers of one table that are read in one request, so that their values are of one instant. */
export interface Block {
  readonly kind: TableKind;
  readonly address: number;
  /** Bits of coils and discrete inputs, else registers of 16 bits. */
  readonly length: number;
  readonly registers: readonly RegisterConfig[];
}

/** How many places of its table it takes. */
function widthOf({ type }: Pick<RegisterConfig, 'type'>): 1 | 2 {
  return type === 'uint32' || type === 'int32' || type === 'float32' ? 2 : 1;
}

/**
 * The requests that read these registers. Only what is adjacent or overlaps is joined: a device may answer a request that
 * spans an address it does not have with an exception.
 */
export function planBlocks(registers: readonly RegisterConfig[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const register of registers.toSorted((a, b) => a.kind.localeCompare(b.kind) || a.address - b.address)) {
    const last = blocks.at(-1);
    const end = register.address + widthOf(register);
    if (last && last.kind === register.kind && register.address <= last.address + last.length) {
      const length = Math.max(last.length, end - last.address);
      if (length <= lengthMax(register.kind)) {
        blocks[blocks.length - 1] = { ...last, length, registers: [...last.registers, register] };
        continue;
      }
    }
    blocks.push({
      kind: register.kind,
      address: register.address,
      length: widthOf(register),
      registers: [register],
    });
  }
  return blocks;
}

function lengthMax(kind: TableKind): number {
  return isBitTable(kind) ? BITS_PER_READ_MAX : REGISTERS_PER_READ_MAX;
}

export function isBitTable(kind: TableKind): boolean {
  return kind === 'coil' || kind === 'discrete-input';
}
