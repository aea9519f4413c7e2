import type { Transport } from '../ports.ts';
import type { LocalTwins } from '../twins/local-twins.ts';
import { type DecisionContext, readDecision } from './decision.ts';

export interface DecisionListenerOptions extends DecisionContext {
  readonly thing: string;
  readonly transport: Pick<Transport, 'subscribe' | 'onLine' | 'isUp'>;
  readonly twins: LocalTwins;
  /** Tells the cloud what became of a command. */
  answer(text: string): void;
  nowMs(): number;
}

/** Takes decisions of operators into the local twins, and answers each as `{id} taken`, `expired` or `refused`. */
export function listenForDecisions(options: DecisionListenerOptions): void {
  const { zone, thing, transport, twins } = options;
  let isSubscribed = false;

  const hear = (_topic: string, payload: Uint8Array): void => {
    const verdict = readDecision(payload, options, options.nowMs());
    if (verdict.state === 'unreadable') return;
    if (verdict.state === 'taken') twins.merge(verdict.observation);
    options.answer(`${verdict.id} ${verdict.state}`);
  };

  const subscribe = async (): Promise<void> => {
    if (isSubscribed || !transport.isUp()) return;
    isSubscribed = true;
    try {
      await transport.subscribe(`cmd/${zone}/gateway/${thing}/decision`, hear);
    } catch {
      // The line is gone again: it is tried when it is back.
      isSubscribed = false;
    }
  };
  transport.onLine(() => void subscribe());
  void subscribe();
}
