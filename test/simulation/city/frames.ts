import type { DraftReading, Decoder } from '../../../core/codec/decoder.ts';
import { DECODERS } from '../../../core/codec/decoders.ts';
import { refuse } from '../../../core/reason.ts';

const TOPIC = /^dt\/[^/]+\/gateway\/[^/]+\/frames$/;

/** A gateway's reading as the stand-in below carries it: stamps as decimal text. */
export interface FrameReading {
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  readonly source: string;
  readonly observedAtMs: number;
  readonly counter: number;
  readonly attributes: Readonly<Record<string, number | string>>;
  /** Attribute → source → stamp. */
  readonly seen: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Stands in for the format in which gateways say what they have seen; what is behind it is the real thing. */
const frames: Decoder = {
  name: 'simulated-frames',
  accepts: ({ topic }) => TOPIC.test(topic),
  decode({ bytes }) {
    try {
      return (JSON.parse(Buffer.from(bytes).toString()) as FrameReading[]).map(draftOf);
    } catch {
      return refuse('malformed', 'not a frame');
    }
  },
};

function draftOf({ counter, attributes, seen, ...reading }: FrameReading): DraftReading {
  const contexts = Object.entries(seen).map(([attribute, context]) => {
    const stamps = Object.entries(context).map(([source, stamp]) => [source, BigInt(stamp)] as const);
    return [attribute, new Map(stamps)] as const;
  });
  return {
    ok: true,
    kind: 'reading',
    ...reading,
    counter: BigInt(counter),
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    seen: new Map(contexts),
    flags: [],
    attestation: 'none',
    schema: 0n,
  };
}

/** Lets the normalizer of this process read the stand-in. */
export function registerFrames(): void {
  if (!DECODERS.includes(frames)) (DECODERS as Decoder[]).unshift(frames);
}
