import { BlockRegistry } from '../../core/registry.ts';
import { sentryReporter } from './sentry.ts';

/** What is told of failures. */
export const errorReporters = new BlockRegistry([sentryReporter]);
