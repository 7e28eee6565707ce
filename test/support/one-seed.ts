import fc from 'fast-check';
import { isNightly } from './nightly.ts';

// A change fails `npm test` for what it changed, not for the values that were drawn. The run at night draws others each
// time, and prints the seed of a failure.
if (!isNightly) fc.configureGlobal({ seed: 20_260_301 });
