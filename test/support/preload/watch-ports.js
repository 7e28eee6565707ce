// Lets a test look into a run of the built command from outside, call by call of its ports, and end it there:
//
//     node --import ./watch-ports.js dist/bin.cjs load …
//
// The command knows nothing of it. Each descriptor that the index of a port lists is replaced by one whose adapters call it.
import { register } from 'node:module';

register('./watched-imports.js', import.meta.url);
