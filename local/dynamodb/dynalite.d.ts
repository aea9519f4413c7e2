/** The package has no types of its own; its readme lists these options. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function dynalite(options: {
    /** Directory of the LevelDB store; in memory without one. */
    readonly path?: string;
    /** How long tables stay CREATING, DELETING and UPDATING; 500 ms each by default. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;
}
