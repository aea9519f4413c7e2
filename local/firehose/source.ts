/** Where the records of a delivery stream come from. */
export interface Source {
  /** Records that were not read yet, of about that many bytes at most; none at the tip. */
  read(bytesMax: number): Promise<readonly SourceRecord[]>;
  /** All that was read is delivered, and need never be read again. */
  commit(): Promise<void>;
  close(): Promise<void>;
}

export interface SourceRecord {
  readonly arrivedAtMs: number;
  readonly data: Uint8Array;
}
