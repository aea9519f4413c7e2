import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type {
  ClockNotes,
  EvidenceStore,
  HistoryStore,
  OpenReviews,
  RedriveLedger,
  RejectStore,
  TwinIndex,
  TwinStore,
} from '../../core/ports.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { InvalidCursorError } from '../shared/cursor.ts';
import { problem, problemResponse } from './problem.ts';
import type { RedriveStreams } from './redrive.ts';
import { explainRoutes } from './routes/explain.ts';
import { historyRoutes } from './routes/history.ts';
import { rejectRoutes } from './routes/rejects.ts';
import { retireRoutes } from './routes/retire.ts';
import { reviewRoutes } from './routes/reviews.ts';
import { twinRoutes } from './routes/twins.ts';

/** What the routes need of the world. */
export interface ApiContext {
  readonly city: CityConfig;
  readonly twins: TwinStore & TwinIndex;
  readonly evidence: EvidenceStore;
  readonly reviews: OpenReviews;
  /** Absent, only those clocks are shown that a twin's registers tell to be off. */
  readonly clocks?: Pick<ClockNotes, 'read'>;
  readonly rejects: RejectStore & RedriveLedger;
  /** Where kept readings are put back in, and where authorities speak. */
  readonly streams: RedriveStreams;
  /** Absent where the configuration keeps no history. */
  readonly history: HistoryStore | undefined;
  /** A larger body is refused before any of it is read. */
  readonly requestBytesMax: number;
  readonly nowMs: () => number;
  /** Told of what is nobody's fault but ours. */
  readonly onFailure: (error: unknown) => void;
}

/** The HTTP API. The authorizer in front of it has already refused whoever may not read. */
export function createApi(context: ApiContext): Hono {
  const { requestBytesMax } = context;
  const tooLarge = (): never => {
    throw problem(413, `the body is larger than ${requestBytesMax} bytes; send less at once`);
  };
  const api = new Hono()
    .basePath('/v1')
    .use(bodyLimit({ maxSize: requestBytesMax, onError: tooLarge }))
    .route('/twins', twinRoutes(context))
    .route('/twins', explainRoutes(context))
    .route('/twins', historyRoutes(context))
    .route('/twins', retireRoutes(context))
    .route('/reviews', reviewRoutes(context))
    .route('/rejects', rejectRoutes(context));

  api.notFound((request) => problemResponse(404, `no route ${request.req.method} ${request.req.path}`));
  api.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof InvalidCursorError) return problemResponse(400, error.message);
    context.onFailure(error);
    return problemResponse(500, 'the request failed on our side; it is logged, try again');
  });
  return api;
}
