import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    readonly sizes: { readonly people: number; readonly patrons: number; readonly runs: number };
  }
}

/** What the command line asks for. */
export const sizes = inject('sizes');
