// Lets a test look into a run of the built command from outside, call by call of its ports, and end it there:
//
//     node --import ./watch-ports.js dist/bin.cjs load …
//
// The command knows nothing of it. Each adapter that dist/cli/wire-*.js imports is replaced by one that calls it.
import { register } from 'node:module';

register('./watched-imports.js', import.meta.url);
