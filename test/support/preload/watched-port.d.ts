export function watchAdapters(
  adapters: URL,
  indexOf: (port: string) => Promise<object>,
  reach: (point: string) => void,
): Promise<() => void>;
