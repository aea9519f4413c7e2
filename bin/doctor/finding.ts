/** What one check found; a check may find several things. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  /** One sentence. */
  readonly says: string;
  /** What to do; present unless all is well. */
  readonly todo?: string;
}

/** The three answers of one check. */
export function findings(check: string) {
  return {
    ok: (says: string): Finding => ({ check, level: 'ok', says }),
    warn: (says: string, todo: string): Finding => ({ check, level: 'warn', says, todo }),
    fail: (says: string, todo: string): Finding => ({ check, level: 'fail', says, todo }),
  };
}
