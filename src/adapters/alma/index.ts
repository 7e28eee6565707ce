import { restAlma } from './rest.ts';

/** What asks Alma: one way so far, so nothing chooses it. */
export const almaService = restAlma;
