import { BlockRegistry } from '../../core/registry.ts';
import { sierraPatrons } from './sierra.ts';

/** Where patrons come from. */
export const patronSources = new BlockRegistry([sierraPatrons]);
