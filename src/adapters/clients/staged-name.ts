/** What a staged file is called until it is published: hidden, and not a `.zip`, so that no reader takes it. */
export function stagedName(key: string): string {
  return `.${key}.partial`;
}

/** The key of a staged file; null for a name that is not one. */
export function stagedKey(name: string): string | null {
  return /^\.(.+)\.partial$/.exec(name)?.[1] ?? null;
}
