/** Says whether one more request may go through now. */
export type Throttle = () => boolean;

export interface ThrottleSettings {
  readonly requestsPerSecond: number;
  /** How many may come at once. */
  readonly burst: number;
}

/**
 * A token bucket, as API Gateway throttles. `nowMs` must not go back.
 * docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export function createThrottle(
  { requestsPerSecond, burst }: ThrottleSettings,
  nowMs: () => number = () => performance.now(),
): Throttle {
  let tokens = burst;
  let filledAtMs = nowMs();
  return () => {
    const atMs = nowMs();
    tokens = Math.min(burst, tokens + ((atMs - filledAtMs) / 1000) * requestsPerSecond);
    filledAtMs = atMs;
    if (tokens < 1) {
      return false;
    }
    tokens -= 1;
    return true;
  };
}
