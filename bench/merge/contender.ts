/** A library at the job: from readings as its own writers put them on the wire, batch by batch, to every asset's state. */
export interface Contender {
  /** Throws where what it comes to is not what the readings say. */
  verify(): void;
  /** The ways in which it can be used for the job; the fastest counts. */
  readonly ways: readonly { readonly name: string; readonly work: () => unknown }[];
}
