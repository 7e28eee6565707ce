import { UrlRegistry } from '../../core/registry.ts';
import { bullmqQueue } from './bullmq.ts';

/** What hands the ranges of a back-fill out to many machines. */
export const rangeQueues = new UrlRegistry([bullmqQueue]);
