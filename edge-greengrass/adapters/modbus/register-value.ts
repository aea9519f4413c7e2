import { refuse, type Refusal } from '../../../core/reason.ts';
import type { RegisterConfig } from '../../config/gateway-config.ts';
import { type Block, isBitTable } from './blocks.ts';

/**
 * What a register says, scaled; of a bit whether it is set. `bytes` is the answer to its block: bits from the lowest of the
 * first byte on, registers with the high byte first and, of two, the high one first. A number that is none is `malformed`.
 */
export function valueOf(register: RegisterConfig, block: Block, bytes: Uint8Array): number | boolean | Refusal {
  const place = register.address - block.address;
  const isBits = isBitTable(block.kind);
  const bytesExpected = isBits ? Math.ceil(block.length / 8) : 2 * block.length;
  if (bytes.length < bytesExpected) {
    return refuse('malformed', `${block.kind} ${block.address}: got ${bytes.length} bytes, expected ${bytesExpected}`);
  }
  if (isBits) return (((bytes[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset + 2 * place);
  if (register.type === 'bit') return view.getUint16(0) !== 0;
  const value = READS[register.type](view) * register.scale + register.offset;
  return Number.isFinite(value)
    ? value
    : refuse('malformed', `${block.kind} ${register.address}: got ${value}, expected a finite number`);
}

const READS: Readonly<Record<Exclude<RegisterConfig['type'], 'bit'>, (view: DataView) => number>> = {
  uint16: (view) => view.getUint16(0),
  int16: (view) => view.getInt16(0),
  uint32: (view) => view.getUint32(0),
  int32: (view) => view.getInt32(0),
  float32: (view) => view.getFloat32(0),
};
