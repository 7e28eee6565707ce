/** Whether a URL leads to this machine, told without asking a name server. */
export function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);
}

/** Whether what is sent to a URL can be read on a network. */
export function isPlainHttp(url: string): boolean {
  return /^http:\/\//i.test(url) && URL.canParse(url) && !isLoopback(url);
}
