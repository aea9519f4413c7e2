/** Publications that the latest figure is made of, at least; with fewer the older ones count, too. */
const PUBLICATIONS_MIN = 20;
/** Counts that are remembered: at one look a second, a minute. */
const LOOKS_MAX = 60;

/** Since the start. */
interface Publications {
  readonly published: number;
  readonly failed: number;
}

/** How well the line does of late. */
export interface LinkQuality {
  /** Share of the latest publications that the next hop took, 0 to 1; undefined before the first. */
  see(counts: Publications): number | undefined;
}

export function createLinkQuality(): LinkQuality {
  const looks: Publications[] = [];
  return {
    see({ published, failed }) {
      looks.push({ published, failed });
      if (looks.length > LOOKS_MAX) looks.shift();
      const since = looks.findLast((each) => published + failed - each.published - each.failed >= PUBLICATIONS_MIN);
      const from = since ?? looks[0] ?? { published: 0, failed: 0 };
      const all = published + failed - from.published - from.failed;
      return all === 0 ? undefined : (published - from.published) / all;
    },
  };
}
