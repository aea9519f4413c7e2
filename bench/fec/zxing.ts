import { CODEWORD_BYTES, DATA_BYTES, PARITY_BYTES } from '../../core/fec/code.ts';

/** The only JavaScript library found that corrects errors of whole bytes and is in wide use. */
export const ZXING = '@zxing/library';

interface ZxingModule {
  readonly GenericGF: { readonly QR_CODE_FIELD_256: unknown };
  readonly ReedSolomonEncoder: new (field: unknown) => { encode(codeword: Int32Array, parity: number): void };
  readonly ReedSolomonDecoder: new (field: unknown) => { decode(codeword: Int32Array, parity: number): void };
}

export interface ZxingCodeword {
  readonly name: string;
  readonly encode: () => void;
  readonly decode: () => void;
}

/**
 * One codeword of the same size in the field of QR codes, the only one with its first root at 1 that the library has: the
 * work is the same, the bytes are not. `undefined` where the package is absent.
 */
export async function zxingCodeword(): Promise<ZxingCodeword | undefined> {
  let library: ZxingModule;
  try {
    // Not resolved before it is needed: it is no dependency of ours.
    library = (await import(ZXING)) as ZxingModule;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
  const field = library.GenericGF.QR_CODE_FIELD_256;
  const encoder = new library.ReedSolomonEncoder(field);
  const decoder = new library.ReedSolomonDecoder(field);
  const codeword = Int32Array.from({ length: CODEWORD_BYTES }, (_, at) => (at < DATA_BYTES ? (at * 7 + 3) % 256 : 0));
  encoder.encode(codeword, PARITY_BYTES);
  return {
    name: ZXING,
    encode: () => encoder.encode(codeword, PARITY_BYTES),
    decode: () => decoder.decode(codeword, PARITY_BYTES),
  };
}
