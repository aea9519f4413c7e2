/** One route of an HTTP API: where a request goes, and who may send it. */
export interface Route {
  /** `GET /v1/twins/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly key: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  /** Undefined where everybody may. */
  readonly authorizerId: string | undefined;
  /** One of these must be in the token; empty when the token alone is enough. */
  readonly scopes: readonly string[];
}

export interface RouteMatch {
  readonly route: Route;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** `path` is decoded and without the stage. Undefined when no route takes the request. */
export type RouteTable = (method: string, path: string) => RouteMatch | undefined;

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  /** Only at the end: takes all that is left, at least one segment. */
  | { readonly kind: 'greedy'; readonly name: string };

interface Candidate {
  readonly route: Route;
  readonly method: string;
  readonly segments: readonly Segment[];
}

/** Lower goes first. */
const RANK: Readonly<Record<Segment['kind'], number>> = { literal: 0, variable: 1, greedy: 2 };

const DEFAULT_KEY = '$default';
const ANY_METHOD = 'ANY';

/**
 * Finds the route of a request: a full match, else a greedy one, else `$default`; among equals an exact method before
 * `ANY`, and the path with the earlier literal. Throws when a route key cannot be read.
 * docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const fallback = routes.find(({ key }) => key === DEFAULT_KEY);
  const candidates = routes
    .filter((route) => route !== fallback)
    .map(parseRoute)
    .sort(compareCandidates);

  return (method, path) => {
    const given = splitPath(path);
    for (const candidate of candidates) {
      const pathParameters = matches(candidate, method, given);
      if (pathParameters !== undefined) {
        return { route: candidate.route, pathParameters };
      }
    }
    return fallback && { route: fallback, pathParameters: {} };
  };
}

function parseRoute(route: Route): Candidate {
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(route.key) ?? [];
  if (method === undefined || path === undefined) {
    throw new Error(`route ${route.key}: expected a method and a path, or ${DEFAULT_KEY}`);
  }
  const segments = splitPath(path).map(parseSegment);
  const greedy = segments.findIndex(({ kind }) => kind === 'greedy');
  if (greedy >= 0 && greedy < segments.length - 1) {
    throw new Error(`route ${route.key}: a greedy variable must be at the end`);
  }
  return { route, method, segments };
}

function parseSegment(text: string): Segment {
  const [, name, plus] = /^\{([^{}+]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) {
    return { kind: 'literal', text };
  }
  return plus === '+' ? { kind: 'greedy', name } : { kind: 'variable', name };
}

function splitPath(path: string): string[] {
  return path.slice(1).split('/');
}

function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    Number(isGreedy(a)) - Number(isGreedy(b)) ||
    Number(a.method === ANY_METHOD) - Number(b.method === ANY_METHOD) ||
    compareSegments(a.segments, b.segments)
  );
}

function isGreedy({ segments }: Candidate): boolean {
  return segments.at(-1)?.kind === 'greedy';
}

function compareSegments(a: readonly Segment[], b: readonly Segment[]): number {
  for (const [index, segment] of a.entries()) {
    const other = b[index];
    if (other === undefined) {
      return -1;
    }
    if (RANK[segment.kind] !== RANK[other.kind]) {
      return RANK[segment.kind] - RANK[other.kind];
    }
  }
  return a.length - b.length;
}

/** The path's variables, or undefined when the request is not for this route. */
function matches(candidate: Candidate, method: string, given: readonly string[]): Record<string, string> | undefined {
  const { segments } = candidate;
  const fits = isGreedy(candidate) ? given.length >= segments.length : given.length === segments.length;
  if (!fits || (candidate.method !== ANY_METHOD && candidate.method !== method)) {
    return undefined;
  }
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const text = segment.kind === 'greedy' ? given.slice(index).join('/') : (given[index] ?? '');
    if (segment.kind === 'literal' ? text !== segment.text : text === '') {
      return undefined;
    }
    if (segment.kind !== 'literal') {
      parameters[segment.name] = text;
    }
  }
  return parameters;
}
