import type { AttributeValue } from '../observation.ts';
import type { ExplainedSibling, Explanation, SupersededDot } from './explain.ts';
import type { ResolvedAttribute } from './resolve.ts';
import type { TwinJson } from './twin-json.ts';

/**
 * Why a twin has its values, as the HTTP API answers it and `npx cityweave explain --json` prints it. Times and ages are
 * milliseconds, since 1970 where they are no age; stamps are decimal text; values, biases, distances and σ are in the
 * attribute's unit. What is added later is added as a new key.
 */
export interface TwinExplanation extends Pick<TwinJson, 'assetId' | 'assetType' | 'zone' | 'clocks'> {
  readonly version: number;
  readonly nowMs: number;
  /** Whether history was asked what had stood before: it is not kept everywhere, and may not answer in time. */
  readonly history: 'read' | 'not-kept' | 'no-answer';
  readonly attributes: Readonly<Record<string, AttributeExplanation>>;
}

export interface AttributeExplanation extends Explanation {
  readonly siblings: readonly SiblingExplanation[];
  readonly superseded: readonly SupersededExplanation[];
  /** What it came to before its newest sibling was received; `null` where nothing is known to have stood then. */
  readonly before: ResolvedAttribute | null;
}

export interface SiblingExplanation extends ExplainedSibling {
  /** What the source said before. `null`: nothing within a day before; absent: history was not asked, or has no answer. */
  readonly previous?: PreviousReading | null;
}

interface SupersededExplanation extends SupersededDot {
  /** Absent where history does not have it, or was not asked. */
  readonly value?: AttributeValue;
}

interface PreviousReading {
  readonly stamp: string;
  readonly value: AttributeValue;
  readonly observedAtMs: number;
}
