/** The sections of docs/runbook.md that alarms name: what an operator does when one of them rings. */
export type RunbookSection =
  | 'a-zone-goes-silent'
  | 'a-consumer-is-behind'
  | 'a-consumer-stands-still'
  | 'many-readings-are-refused'
  | 'history-refuses-readings'
  | 'a-record-cannot-be-read'
  | 'a-twin-is-refused'
  | 'subscribers-are-told-too-little'
  | 'a-gateway-differs'
  | 'a-failure-cannot-be-read'
  | 'a-disagreement-is-open'
  | 'disagreements-go-unseen'
  | 'the-archive-is-not-read'
  | 'the-failure-recorder-is-busy'
  | 'a-message-found-no-home'
  | 'a-function-fails'
  | 'throttled'
  | 'a-table-fails'
  | 'the-api-fails';

export function runbookLink(section: RunbookSection): string {
  return `docs/runbook.md#${section}`;
}
