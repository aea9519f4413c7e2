import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from './refusal.ts';
import { openShards, type Stream, type StreamDescription, trimStream } from './stream.ts';

const DESCRIPTION_FILE = 'stream.json';
const STREAM_DIRECTORY = /^[a-zA-Z0-9_.-]+@\d+$/;

/** What of a stream may change after its creation. */
export type StreamChanges = Partial<Pick<StreamDescription, 'retentionHours' | 'maxRecordKiB' | 'encryption' | 'tags'>>;

/**
 * All streams of a data directory, each in a directory of its own:
 *
 *   <name>@<created at, ms>/stream.json
 *   <name>@<created at, ms>/<shard id>/<first index>-<first arrival, ms>.log
 *
 * `stream.json` is written last and removed first, so a directory without one is half created or half deleted.
 */
export class Streams {
  readonly nowMs: () => number;
  readonly #directory: string;
  readonly #streams = new Map<string, Stream>();
  /** Names of streams that are being created or deleted. */
  readonly #changing = new Set<string>();

  private constructor(directory: string, nowMs: () => number) {
    this.#directory = directory;
    this.nowMs = nowMs;
  }

  static async open(directory: string, nowMs: () => number): Promise<Streams> {
    const streams = new Streams(directory, nowMs);
    await mkdir(directory, { recursive: true });
    const names = (await readdir(directory)).filter((name) => STREAM_DIRECTORY.test(name));
    for (const name of names) await streams.#takeUp(join(directory, name));
    return streams;
  }

  find(name: string): Stream | undefined {
    return this.#streams.get(name);
  }

  /** In the order of their names. */
  all(): readonly Stream[] {
    return [...this.#streams.keys()].sort().flatMap((name) => this.#streams.get(name) ?? []);
  }

  async create(wanted: Omit<StreamDescription, 'createdAtMs'>): Promise<Stream | Refusal> {
    const { name } = wanted;
    if (this.#streams.has(name) || this.#changing.has(name)) {
      return new Refusal('ResourceInUseException', `A stream named ${name} exists already.`);
    }
    this.#changing.add(name);
    try {
      const description = { ...wanted, createdAtMs: this.nowMs() };
      const directory = join(this.#directory, `${name}@${description.createdAtMs}`);
      const shards = await openShards(directory, description, description.createdAtMs);
      const stream = { description, directory, shards };
      await writeDescription(stream);
      this.#streams.set(name, stream);
      return stream;
    } finally {
      this.#changing.delete(name);
    }
  }

  async change(stream: Stream, changes: StreamChanges): Promise<void> {
    stream.description = { ...stream.description, ...changes };
    await writeDescription(stream);
    await trimStream(stream, this.nowMs());
  }

  async delete(stream: Stream): Promise<void> {
    const { name } = stream.description;
    this.#streams.delete(name);
    this.#changing.add(name);
    try {
      await rm(join(stream.directory, DESCRIPTION_FILE));
      await closeShards(stream);
      await rm(stream.directory, { recursive: true });
    } finally {
      this.#changing.delete(name);
    }
  }

  /** Applies every stream's retention. */
  async trim(): Promise<void> {
    for (const stream of this.#streams.values()) await trimStream(stream, this.nowMs());
  }

  async close(): Promise<void> {
    await Promise.all([...this.#streams.values()].map(closeShards));
    this.#streams.clear();
  }

  async #takeUp(directory: string): Promise<void> {
    const description = await readDescription(directory);
    if (!description) {
      await rm(directory, { recursive: true });
      return;
    }
    const shards = await openShards(directory, description, this.nowMs());
    const stream = { description, directory, shards };
    await trimStream(stream, this.nowMs());
    this.#streams.set(description.name, stream);
  }
}

async function closeShards({ shards }: Stream): Promise<void> {
  await Promise.all(shards.map(({ log }) => log.close()));
}

async function readDescription(directory: string): Promise<StreamDescription | undefined> {
  const text = await readFile(join(directory, DESCRIPTION_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

/** In one step: a process that is killed leaves the old description or the new one. */
async function writeDescription({ directory, description }: Stream): Promise<void> {
  const path = join(directory, DESCRIPTION_FILE);
  await writeFile(`${path}.new`, JSON.stringify(description, undefined, 2));
  await rename(`${path}.new`, path);
}
