import type { SessionOptions } from './open-session.ts';

export interface TestOptions extends SessionOptions {
  readonly json?: boolean;
  readonly record?: boolean;
  readonly person?: string;
  readonly anonymize?: boolean;
}

/** The file of a template's tests, beside it: `student.test.yaml` for `student.xml`. */
export function casesFileOf(template: string): string {
  return `${template.replace(/\.[^./\\]*$/, '')}.test.yaml`;
}
