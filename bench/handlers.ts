import type { Benchmark } from './support/report.ts';
export const handlers: Benchmark = async () => [];
