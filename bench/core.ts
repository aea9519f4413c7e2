import type { Benchmark } from './support/report.ts';
export const core: Benchmark = async () => [];
